import { useQuery } from "@tanstack/react-query";
import { type PreviewRequest, previewing } from "@/api/preview";
import { useSettled } from "@/lib/settled";
import { t } from "@/lib/text";
import { Section } from "@/ui/card";
import { Cost, PlannedLines } from "@/ui/cost";
import { Failure } from "@/ui/failure";
import { Skeleton } from "@/ui/list";

/** What the loan will cost in money, and when how much of it has to be paid. */
export function Preview({ request }: { request: PreviewRequest }) {
  const wanted: PreviewRequest = JSON.parse(useSettled(JSON.stringify(request)));
  const { data, error } = useQuery(previewing(wanted));
  if (error) return <Failure error={error} />;
  if (!data) return <Skeleton lines={3} />;
  return (
    <Section title={t("preview.title")}>
      <Cost plan={data.data} />
      <PlannedLines lines={data.data.schedule} />
    </Section>
  );
}

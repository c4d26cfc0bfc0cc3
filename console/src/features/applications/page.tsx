import { useQuery } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { reading } from "@/api/queries";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { Empty } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { ApplicationForm } from "./form";

/** Applying for a loan for a member: with what it will cost before anybody agrees to it. */
export function ApplicationPage() {
  const { memberId } = useParams({ from: "/signed-in/members/$memberId/apply" });
  const router = useRouter();
  const member = useQuery(reading("/api/union-members/{member_id}", { path: { member_id: memberId } }));
  const types = useQuery(reading("/api/loan-types", { query: { isActive: true } }));
  return (
    <Page
      title={t("apply.title")}
      below={member.data && t("apply.for", { name: nameOf(member.data.data), union: member.data.data.union.name })}
      onBack={() => router.history.back()}
    >
      <Loaded query={types}>
        {({ data }) =>
          data.length ? <ApplicationForm memberId={memberId} types={data} /> : <Empty>{t("apply.noTypes")}</Empty>
        }
      </Loaded>
    </Page>
  );
}

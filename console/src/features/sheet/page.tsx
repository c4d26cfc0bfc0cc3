import { useQuery } from "@tanstack/react-query";
import { useParams, useRouteContext, useRouter } from "@tanstack/react-router";
import { dayOf, shownLongDay, shownMoment } from "@/lib/days";
import { t } from "@/lib/text";
import type { SheetKey } from "@/offline/database";
import { ON_PHONE } from "@/offline/sending";
import { readDraft, readSheet } from "@/offline/sheets";
import { Notice } from "@/ui/card";
import { Empty } from "@/ui/list";
import { LoadedPage } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { SheetForm } from "./form";
import { HandedSheets } from "./handed";

/** The collection sheet of a union for today: filled in with a line or without, and handed in. */
export function SheetPage() {
  const { unionId } = useParams({ from: "/signed-in/unions/$unionId/sheet" });
  const { me } = useRouteContext({ from: "/signed-in" });
  const router = useRouter();
  const key: SheetKey = [me.id, dayOf(new Date()), unionId];
  // Whoever is filling it in does not see it change in their hands.
  const query = useQuery({
    queryKey: [ON_PHONE, "sheet", ...key],
    queryFn: async () => ({ sheet: await readSheet(key), draft: await readDraft(key) }),
    refetchOnWindowFocus: false,
    gcTime: 0,
  });
  return (
    <LoadedPage query={query}>
      {({ sheet, draft }) => (
        <Page
          title={sheet.union.name ?? t("union.sheet")}
          below={t("sheet.of", { day: shownLongDay(sheet.on) })}
          onBack={() => router.history.back()}
        >
          <HandedSheets unionId={unionId} />
          {sheet.handedInAt && (
            <Notice tone="good">{t("sheet.handedInAt", { when: shownMoment(sheet.handedInAt) })}</Notice>
          )}
          {sheet.lines.length === 0 ? (
            <Empty>{t("sheet.nothing")}</Empty>
          ) : (
            <SheetForm key={`${key}`} sheet={sheet} draft={draft} />
          )}
        </Page>
      )}
    </LoadedPage>
  );
}

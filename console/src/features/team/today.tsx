import type { Data } from "@/api/types";
import { shownMoment } from "@/lib/days";
import { kobo, naira } from "@/lib/money";
import { t } from "@/lib/text";
import { Card, Figure } from "@/ui/card";

type Totals = Data<"/api/repayments/team-day", "get">["totals"];

/** What came in today of what fell due, and how many sheets were handed in. */
export function Today({ totals }: { totals: Totals }) {
  const expected = kobo(totals.expected);
  return (
    <Card className="grid content-start gap-4">
      <div>
        <p className="text-soft">{t("day.collected")}</p>
        <p className="text-4xl font-bold tracking-tight tabular-nums">{naira(totals.collected)}</p>
        <p className="mt-1 text-sm text-soft">
          {t("team.stillDueOf", { due: naira(totals.dueToday), expected: naira(totals.expected) })}
        </p>
      </div>
      {expected > 0 && (
        <progress
          className="h-2 w-full appearance-none overflow-hidden rounded-full [&::-moz-progress-bar]:bg-brand [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-brand"
          max={expected}
          value={expected - kobo(totals.dueToday)}
          aria-label={t("day.progress")}
        />
      )}
      <div className="flex flex-wrap gap-x-8 gap-y-3">
        <Figure name={t("team.handedIn")} value={String(totals.handedIn)} />
        <Figure
          name={t("team.missing")}
          value={String(totals.toHandIn)}
          {...(totals.toHandIn > 0 && { tone: "bad" as const })}
        />
        <Figure
          name={t("day.arrears", { count: totals.lateLoans })}
          value={naira(totals.arrears)}
          {...(kobo(totals.arrears) > 0 && { tone: "bad" as const })}
        />
      </div>
      {totals.lastHandedInAt && (
        <p className="text-sm text-soft">{t("team.lastHandedIn", { when: shownMoment(totals.lastHandedInAt) })}</p>
      )}
    </Card>
  );
}

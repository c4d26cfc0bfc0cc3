import { Link } from "@tanstack/react-router";
import { shownDay } from "@/lib/days";
import { naira } from "@/lib/money";
import { t } from "@/lib/text";
import { Section } from "@/ui/card";
import { LINE, LineContent, List } from "@/ui/list";
import type { Day } from "./page";

const KINDS = [
  ["drafts", "waiting.drafts"],
  ["submitted", "waiting.submitted"],
  ["approved", "waiting.approved"],
  ["rejected", "waiting.rejected"],
] as const;

/** The loans that wait for somebody before they run, by what they wait for. */
export function Waiting({ waiting }: { waiting: Day["waiting"] }) {
  return KINDS.filter(([kind]) => waiting[kind].count > 0).map(([kind, title]) => (
    <Section key={kind} title={t(title, { count: waiting[kind].count })}>
      <List>
        {waiting[kind].loans.map(loan => (
          <li key={loan.loanId}>
            <Link to="/loans/$loanId" params={{ loanId: loan.loanId }} className={LINE}>
              <LineContent
                title={loan.memberName}
                right={naira(loan.principalAmount)}
                below={[loan.unionName, loan.loanNumber].filter(Boolean).join(" · ")}
                belowRight={shownDay(loan.since)}
              />
            </Link>
          </li>
        ))}
      </List>
      {waiting[kind].count > waiting[kind].loans.length && (
        <p className="text-sm text-soft">{t("waiting.latest", { shown: waiting[kind].loans.length })}</p>
      )}
    </Section>
  ));
}

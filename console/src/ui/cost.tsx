import { shownDay } from "@/lib/days";
import { kobo, naira } from "@/lib/money";
import { t } from "@/lib/text";
import { Card, Facts, Figure } from "./card";
import { LineContent, List } from "./list";

type PlannedLine = {
  sequence: number;
  dueDate: string;
  totalDue: string;
  principalDue: string;
  interestDue: string;
  balanceAfter: string;
};
type Plan = {
  schedule: readonly PlannedLine[];
  totals: { totalExpected: number; disbursedAmount: number; totalInterest: number; processingFeeAmount: number };
  effectiveCost: { totalCost: number; annualPercentageRate: string | null };
};

const money = (value: number) => naira(value.toFixed(2));

/** What a loan costs in money: an instalment, all of them, and what of it is not principal. */
export function Cost({ plan }: { plan: Plan }) {
  const { schedule, totals, effectiveCost } = plan;
  const first = schedule[0];
  return (
    <Card className="grid gap-4">
      <div className="flex flex-wrap gap-x-8 gap-y-3">
        {first && <Figure name={t("preview.instalment", { count: schedule.length })} value={naira(first.totalDue)} />}
        <Figure name={t("preview.total")} value={money(totals.totalExpected)} />
      </div>
      <Facts
        facts={[
          [t("preview.paidOut"), money(totals.disbursedAmount)],
          [t("preview.interest"), money(totals.totalInterest)],
          [t("preview.fee"), totals.processingFeeAmount ? money(totals.processingFeeAmount) : null],
          [t("preview.cost"), money(effectiveCost.totalCost)],
          [
            t("preview.yearly"),
            effectiveCost.annualPercentageRate &&
              t("loan.rateOf", { rate: Number(effectiveCost.annualPercentageRate) }),
          ],
        ]}
      />
    </Card>
  );
}

/** When how much of a loan will have to be paid. */
export function PlannedLines({ lines }: { lines: readonly PlannedLine[] }) {
  return (
    <List>
      {lines.map(line => (
        <li key={line.sequence} className="px-4 py-3">
          <LineContent
            goes={false}
            title={`${line.sequence}. ${shownDay(line.dueDate)}`}
            right={naira(line.totalDue)}
            below={t("preview.parts", { principal: naira(line.principalDue), interest: naira(line.interestDue) })}
            belowRight={kobo(line.balanceAfter) ? t("preview.left", { amount: naira(line.balanceAfter) }) : null}
          />
        </li>
      ))}
    </List>
  );
}

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { call } from "@/api/client";
import type { Body } from "@/api/types";
import { shownDay } from "@/lib/days";
import { kobo, naira } from "@/lib/money";
import { t } from "@/lib/text";
import { Card, Facts, Figure, Section } from "@/ui/card";
import { Failure } from "@/ui/failure";
import { LineContent, List, Skeleton } from "@/ui/list";

type Request = Body<"/api/loans/schedule-preview", "post">;

const PAUSE_MS = 400;

/** What the loan will cost in money, and when how much of it has to be paid: as the platform counts it. */
export function Preview({ request }: { request: Request }) {
  const wanted = useSettled(JSON.stringify(request));
  const { data, error } = useQuery({
    queryKey: ["/api/loans/schedule-preview", wanted],
    queryFn: ({ signal }) =>
      call("post", "/api/loans/schedule-preview", { body: JSON.parse(wanted) as Request, signal }),
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (error) return <Failure error={error} />;
  if (!data) return <Skeleton lines={3} />;
  const { schedule, totals, effectiveCost } = data.data;
  const first = schedule[0];
  const money = (value: number) => naira(value.toFixed(2));
  return (
    <Section title={t("preview.title")}>
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
      <List>
        {schedule.map(line => (
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
    </Section>
  );
}

/** A value once it has not changed for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

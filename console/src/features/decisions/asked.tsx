import { useQuery } from "@tanstack/react-query";
import { type PreviewRequest, previewing } from "@/api/preview";
import { shownDay } from "@/lib/days";
import { type Kobo, kobo, naira } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { useSettled } from "@/lib/settled";
import { t, tOf } from "@/lib/text";
import { Card, Facts, Section } from "@/ui/card";
import { Cost, PlannedLines } from "@/ui/cost";
import { Failure } from "@/ui/failure";
import { Folded } from "@/ui/folded";
import { Skeleton } from "@/ui/list";
import { type Loan, termsFor } from "./terms";

/** How much for how long, and who asks for it. */
export function Asked({ loan }: { loan: Loan }) {
  const isLess = loan.requestedAmount !== null && loan.requestedAmount !== loan.principalAmount;
  return (
    <Section title={t("apply.title")}>
      <Card className="grid gap-4">
        <div>
          <p className="text-soft">{t(loan.approvedAt ? "decisions.approvedFor" : "loan.requested")}</p>
          <p className="text-4xl font-bold tracking-tight tabular-nums">{naira(loan.principalAmount)}</p>
          <p className="mt-1 text-sm text-soft">
            {[
              tOf("term", loan.termUnit, { count: loan.termCount }),
              t("loan.rateOf", { rate: Number(loan.interestRate) }),
              loan.loanType?.name,
            ]
              .filter(Boolean)
              .join(" · ")}
          </p>
        </div>
        <Facts
          facts={[
            [t("loan.requested"), isLess && loan.requestedAmount ? naira(loan.requestedAmount) : null],
            [t("loan.union"), loan.union.name],
            [t("loan.officer"), nameOf(loan.assignedOfficer)],
            [t("decisions.appliedOn"), loan.submittedAt && shownDay(loan.submittedAt)],
            [t("decisions.appliedBy"), loan.createdByUserId === loan.assignedOfficerId ? null : nameOf(loan.createdBy)],
            [t("decisions.approvedOn"), loan.approvedAt && shownDay(loan.approvedAt)],
            [t("loan.notes"), loan.notes],
          ]}
        />
      </Card>
    </Section>
  );
}

/** What it costs the member if it is approved for `principal`, with the schedule for who wants to see it. */
export function Price({ loan, principal }: { loan: Loan; principal: Kobo }) {
  const wanted: PreviewRequest = JSON.parse(useSettled(JSON.stringify(termsFor(loan, principal))));
  const { data, error } = useQuery(previewing(wanted));
  const isLess = kobo(wanted.principalAmount) !== kobo(loan.principalAmount);
  return (
    <Section
      title={isLess ? t("decisions.priceOf", { amount: naira(kobo(wanted.principalAmount)) }) : t("preview.title")}
    >
      {error && <Failure error={error} />}
      {!error && !data && <Skeleton lines={2} />}
      {data && (
        <>
          <Cost plan={data.data} />
          <Folded title={t("loan.schedule")}>
            <PlannedLines lines={data.data.schedule} />
          </Folded>
        </>
      )}
    </Section>
  );
}

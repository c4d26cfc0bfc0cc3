import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useRouteContext, useRouter } from "@tanstack/react-router";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { canBeTakenBack, isPaidOut } from "@/lib/loans";
import { kobo, naira } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { t, tOf } from "@/lib/text";
import { buttonClasses } from "@/ui/button";
import { Card, Facts, Figure, Section } from "@/ui/card";
import { Icon } from "@/ui/icon";
import { LoadedPage } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { LoanStatus } from "@/ui/states";
import { Draft } from "./draft";
import { LoanPapers } from "./papers";
import { Charges, Payments, Schedule, Timeline } from "./parts";

export type Loan = Data<"/api/loans/{loan_id}", "get">;

const PAYABLE = new Set(["ACTIVE", "DEFAULTED", "WRITTEN_OFF"]);

/** A loan: what is owed first, then how that came to be. */
export function LoanPage() {
  const { loanId } = useParams({ from: "/signed-in/loans/$loanId" });
  const router = useRouter();
  const query = useQuery(reading("/api/loans/{loan_id}", { path: { loan_id: loanId } }));
  return (
    <LoadedPage query={query}>
      {({ data: loan }) => (
        <Page
          title={nameOf(loan.unionMember)}
          below={
            <span className="flex flex-wrap items-center gap-2">
              {loan.loanNumber} <LoanStatus status={loan.status} />
            </span>
          }
          onBack={() => router.history.back()}
        >
          {isPaidOut(loan) && <Balance loan={loan} />}
          {loan.status === "DRAFT" && <Draft loan={loan} />}
          <ToDecision loan={loan} />
          <ToAccount loan={loan} />
          <Schedule loan={loan} />
          <Payments entries={loan.repayments ?? []} />
          {isPaidOut(loan) && <Charges loanId={loan.id} />}
          <Terms loan={loan} />
          <LoanPapers loan={loan} />
          <Timeline loan={loan} />
        </Page>
      )}
    </LoadedPage>
  );
}

/** What is owed, what of it is due now, and the way to pay it. */
function Balance({ loan }: { loan: Loan }) {
  const { me } = useRouteContext({ from: "/signed-in" });
  const isPayable = PAYABLE.has(loan.status);
  const account = useQuery({
    ...reading("/api/schedules/{loan_id}", { path: { loan_id: loan.id } }),
    enabled: isPayable,
  });
  const due = account.data?.data;
  return (
    <Card className="grid gap-4">
      <div>
        <p className="text-soft">{t("loan.outstanding")}</p>
        <p className="text-4xl font-bold tracking-tight tabular-nums">{naira(loan.totalOutstanding.toFixed(2))}</p>
        <p className="mt-1 text-sm text-soft">
          {t("loan.paidOf", {
            paid: naira(loan.totalPaid.toFixed(2)),
            total: naira(kobo(loan.totalPaid) + kobo(loan.totalOutstanding)),
          })}
        </p>
      </div>
      {isPayable && (
        <div className="flex min-h-13 flex-wrap gap-x-8 gap-y-3">
          {due && <Figure name={t("loan.dueToday")} value={naira(due.dueToday)} />}
          {due && (
            <Figure name={t("loan.arrears")} value={naira(due.arrears)} {...(kobo(due.arrears) && { tone: "bad" })} />
          )}
        </div>
      )}
      {isPayable && me.role !== "SUPERVISOR" && (
        <Link to="/loans/$loanId/pay" params={{ loanId: loan.id }} className={buttonClasses("main")}>
          <Icon name="money" className="size-5" /> {t("loan.pay")}
        </Link>
      )}
    </Card>
  );
}

/** The way to the decision, for who may take it. */
function ToDecision({ loan }: { loan: Loan }) {
  const { me } = useRouteContext({ from: "/signed-in" });
  const waits = ["PENDING_APPROVAL", "APPROVED"].includes(loan.status);
  if (me.role === "CREDIT_OFFICER" || !(waits || canBeTakenBack(loan))) return null;
  return (
    <Link to="/decisions/$loanId" params={{ loanId: loan.id }} className={buttonClasses(waits ? "main" : "quiet")}>
      <Icon name="decide" className="size-5" /> {t(waits ? "loan.decide" : "loan.takeBack")}
    </Link>
  );
}

/** The way to where a loan that was paid out is changed, for who may do that. */
function ToAccount({ loan }: { loan: Loan }) {
  const { me } = useRouteContext({ from: "/signed-in" });
  if (me.role === "CREDIT_OFFICER" || !isPaidOut(loan)) return null;
  return (
    <Link to="/loans/$loanId/account" params={{ loanId: loan.id }} className={buttonClasses("quiet")}>
      <Icon name="manage" className="size-5" /> {t("loan.account")}
    </Link>
  );
}

function Terms({ loan }: { loan: Loan }) {
  return (
    <Section title={t("loan.terms")}>
      <Card>
        <Facts
          facts={[
            [
              t("loan.member"),
              <Link
                key="member"
                to="/members/$memberId"
                params={{ memberId: loan.unionMemberId }}
                className="text-brand underline underline-offset-4"
              >
                {nameOf(loan.unionMember)}
              </Link>,
            ],
            [t("loan.union"), loan.union.name],
            [t("loan.type"), loan.loanType?.name],
            [t("loan.principal"), naira(loan.principalAmount)],
            [
              t("loan.requested"),
              loan.requestedAmount && loan.requestedAmount !== loan.principalAmount && naira(loan.requestedAmount),
            ],
            [t("loan.term"), tOf("term", loan.termUnit, { count: loan.termCount })],
            [t("loan.rate"), t("loan.rateOf", { rate: Number(loan.interestRate) })],
            [t("loan.fee"), kobo(loan.processingFeeAmount) ? naira(loan.processingFeeAmount) : null],
            [t("loan.officer"), nameOf(loan.assignedOfficer)],
            [t("loan.notes"), loan.notes],
          ]}
        />
      </Card>
    </Section>
  );
}

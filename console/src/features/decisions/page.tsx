import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useRouteContext, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { reading } from "@/api/queries";
import { canBeTakenBack } from "@/lib/loans";
import { type Kobo, kobo } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { buttonClasses } from "@/ui/button";
import { Card, Section } from "@/ui/card";
import { LoadedPage } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { LoanStatus } from "@/ui/states";
import { Asked, Price } from "./asked";
import { Decide } from "./decide";
import { MemberFacts, MemberPapers } from "./member";
import { PayOut } from "./pay-out";
import { Record } from "./record";
import type { Loan } from "./terms";
import { PaidOut } from "./undo";

/** All that a decision on a loan goes by, and the decision. */
export function DecisionPage() {
  const { loanId } = useParams({ from: "/signed-in/decisions/$loanId" });
  const router = useRouter();
  const query = useQuery({ ...reading("/api/loans/{loan_id}", { path: { loan_id: loanId } }), staleTime: 0 });
  return (
    <LoadedPage query={query}>
      {({ data: loan }) => (
        <Page
          wide
          title={nameOf(loan.unionMember)}
          below={
            <span className="flex flex-wrap items-center gap-2">
              {loan.loanNumber} <LoanStatus status={loan.status} />
            </span>
          }
          onBack={() => router.history.back()}
        >
          <Everything key={`${loan.id} ${loan.status} ${loan.principalAmount}`} loan={loan} />
        </Page>
      )}
    </LoadedPage>
  );
}

/** What is asked for and what is known of who asks; the decision at its side, on a phone after all of it. */
function Everything({ loan }: { loan: Loan }) {
  const { me } = useRouteContext({ from: "/signed-in" });
  const [principal, setPrincipal] = useState<Kobo | null>(kobo(loan.principalAmount));
  const mayDecide = me.role !== "CREDIT_OFFICER";
  return (
    <div className="grid grid-cols-1 gap-6 lg:grid-cols-[minmax(0,1fr)_24rem]">
      <div className="grid min-w-0 content-start gap-6">
        <Asked loan={loan} />
        <Price loan={loan} principal={principal ?? kobo(loan.principalAmount)} />
        <Record memberId={loan.unionMemberId} exceptLoanId={loan.id} />
        <MemberPapers loan={loan} />
        <MemberFacts loan={loan} />
      </div>
      <div className="lg:sticky lg:top-4 lg:self-start">
        <Section title={t("decisions.decision")}>
          {mayDecide && loan.status === "PENDING_APPROVAL" && (
            <Decide loan={loan} principal={principal} onPrincipal={setPrincipal} />
          )}
          {mayDecide && loan.status === "APPROVED" && <PayOut loan={loan} />}
          {mayDecide && canBeTakenBack(loan) && <PaidOut loan={loan} />}
          {(!mayDecide || !["PENDING_APPROVAL", "APPROVED"].includes(loan.status)) && (
            <Card className="grid gap-3">
              {!(mayDecide && canBeTakenBack(loan)) && (
                <p>{t(mayDecide ? "decisions.nothing" : "decisions.notYours")}</p>
              )}
              <Link to="/loans/$loanId" params={{ loanId: loan.id }} className={buttonClasses("quiet")}>
                {t("decisions.toLoan")}
              </Link>
            </Card>
          )}
        </Section>
      </div>
    </div>
  );
}

import { useQuery } from "@tanstack/react-query";
import { useParams, useRouteContext } from "@tanstack/react-router";
import { reading } from "@/api/queries";
import { isPaidOut } from "@/lib/loans";
import { naira } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { Card, Facts } from "@/ui/card";
import { LoadedPage } from "@/ui/loaded";
import { LoanPage } from "@/ui/loan-page";
import { Charges } from "./charges";
import { Payments } from "./payments";
import { Status } from "./status";

/** What is changed of a loan that was paid out: how it stands, its fees and penalties, and payments that were none. */
export function AccountPage() {
  const { loanId } = useParams({ from: "/signed-in/loans/$loanId/account" });
  const { me } = useRouteContext({ from: "/signed-in" });
  const query = useQuery({ ...reading("/api/loans/{loan_id}", { path: { loan_id: loanId } }), staleTime: 0 });
  return (
    <LoadedPage query={query}>
      {({ data: loan }) => (
        <LoanPage title={t("account.title")} loan={loan}>
          <Card>
            <Facts
              facts={[
                [t("loan.outstanding"), naira(loan.totalOutstanding.toFixed(2))],
                [t("account.paid"), naira(loan.totalPaid.toFixed(2))],
                [t("loan.officer"), nameOf(loan.assignedOfficer)],
              ]}
            />
          </Card>
          <Status loan={loan} />
          {isPaidOut(loan) && <Charges loan={loan} />}
          {me.role === "ADMIN" && <Payments loan={loan} />}
        </LoanPage>
      )}
    </LoadedPage>
  );
}

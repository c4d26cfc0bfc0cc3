import { useQuery } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { naira } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { LoadedPage } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { PaymentForm } from "./form";
import { Receipt } from "./receipt";

export type Account = Data<"/api/schedules/{loan_id}", "get">;
export type Recorded = Data<"/api/repayments", "post">;

/** Taking a payment, and then its receipt. */
export function PaymentPage() {
  const { loanId } = useParams({ from: "/signed-in/loans/$loanId/pay" });
  const router = useRouter();
  const [recorded, setRecorded] = useState<Recorded | null>(null);
  const query = useQuery({ ...reading("/api/schedules/{loan_id}", { path: { loan_id: loanId } }), staleTime: 0 });
  if (recorded) {
    return (
      <Page title={t("receipt.title")}>
        <Receipt recorded={recorded} />
      </Page>
    );
  }
  return (
    <LoadedPage query={query}>
      {({ data }) => (
        <Page
          title={t("pay.title")}
          below={t("pay.of", {
            name: nameOf(data.loan.unionMember),
            loan: data.loan.loanNumber,
            amount: naira(data.settlement),
          })}
          onBack={() => router.history.back()}
        >
          <PaymentForm account={data} onRecorded={setRecorded} />
        </Page>
      )}
    </LoadedPage>
  );
}

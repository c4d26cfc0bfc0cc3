import type { Data } from "@/api/types";
import { shownDay } from "@/lib/days";
import { t, tOf } from "@/lib/text";

export type Loan = Data<"/api/loans/{loan_id}", "get">;
export type Proposal = Data<"/api/loans/{loan_id}/reschedules", "get">[number];

/** What a proposal comes to, in a line: "12 weeks from 20 May 2026". */
export function termsOf({ termUnit, termCount, fromDate }: Pick<Proposal, "termUnit" | "termCount" | "fromDate">) {
  return t("reschedule.terms", { term: tOf("term", termUnit, { count: termCount }), day: shownDay(fromDate) });
}

import type { PreviewRequest } from "@/api/preview";
import type { Data } from "@/api/types";
import { amount, type Kobo, kobo } from "@/lib/money";

export type Loan = Data<"/api/loans/{loan_id}", "get">;

/** What to ask for to see what a loan will cost if it is approved for `principal`: on its own conditions, which are no
 * longer those of its kind. */
export function termsFor(loan: Loan, principal: Kobo): PreviewRequest {
  const {
    termCount,
    termUnit,
    interestRate,
    interestMethod,
    amortization,
    dayCount,
    repayEvery,
    principalGrace,
    interestGrace,
    instalmentMultiple,
    rounding,
    processingFeePercent,
    deductFeeFromDisbursement,
  } = loan;
  return {
    principalAmount: amount(principal),
    termCount,
    termUnit,
    interestRate,
    interestMethod,
    amortization,
    dayCount,
    repayEvery,
    principalGrace,
    interestGrace,
    instalmentMultiple,
    rounding,
    processingFeeAmount: amount(fixedFee(loan)),
    processingFeePercent,
    deductFeeFromDisbursement,
    startDate: loan.startDate.slice(0, 10),
    ...(loan.firstDueDate ? { firstDueDate: loan.firstDueDate.slice(0, 10) } : {}),
  };
}

/** The part of the fee that is the same for any amount: a loan says the whole of it. */
function fixedFee(loan: Loan): Kobo {
  const ofPrincipal = Math.round((kobo(loan.principalAmount) * Number(loan.processingFeePercent)) / 100);
  return kobo(loan.processingFeeAmount) - ofPrincipal;
}

import { naira } from "./money";

type Loan = { status: string; principalAmount: string; totalOutstanding: number };

const NOT_PAID_OUT = new Set(["DRAFT", "PENDING_APPROVAL", "APPROVED", "CANCELED"]);

/** Whether a loan was paid out, so that something is or was owed on it. */
export function isPaidOut({ status }: { status: string }): boolean {
  return !NOT_PAID_OUT.has(status);
}

/** Whether the money that was paid out can be taken back: nothing was paid on the loan yet. */
export function canBeTakenBack({ status, totalPaid }: { status: string; totalPaid: number }): boolean {
  return status === "ACTIVE" && totalPaid === 0;
}

/** Whether a loan is being repaid, so that what is not due yet can be spread anew. */
export function isBeingRepaid({ status }: { status: string }): boolean {
  return status === "ACTIVE" || status === "DEFAULTED";
}

/** The one amount that says most of a loan: what is still owed, or before it is paid out what is asked for. */
export function mainAmount(loan: Loan): string {
  return naira(isPaidOut(loan) ? loan.totalOutstanding.toFixed(2) : loan.principalAmount);
}

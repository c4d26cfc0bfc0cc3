import { tOf } from "@/lib/text";
import { Badge } from "./card";

const LOAN = {
  ACTIVE: "brand",
  APPROVED: "good",
  COMPLETED: "good",
  DEFAULTED: "bad",
  WRITTEN_OFF: "bad",
  PENDING_APPROVAL: "warn",
} as const;
const INSTALMENT = { PAID: "good", OVERDUE: "bad", PARTIAL: "warn" } as const;

/** The status of a loan in a word. */
export function LoanStatus({ status }: { status: string }) {
  return <Badge tone={LOAN[status as keyof typeof LOAN] ?? "plain"}>{tOf("loan.status", status)}</Badge>;
}

/** The status of an instalment in a word. */
export function InstalmentStatus({ status }: { status: string }) {
  return (
    <Badge tone={INSTALMENT[status as keyof typeof INSTALMENT] ?? "plain"}>{tOf("instalment.status", status)}</Badge>
  );
}

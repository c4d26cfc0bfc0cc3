import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "@/api/client";
import { naira } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { AskWords } from "@/ui/ask-words";
import { Button } from "@/ui/button";
import type { Loan } from "./terms";

/** Turns the loan down, in a dialog that asks why. */
export function RejectButton({ loan }: { loan: Loan }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  async function reject(notes: string) {
    try {
      await call("patch", "/api/loans/{loan_id}/reject", { path: { loan_id: loan.id }, body: { notes } });
      return { message: t("reject.done", { loan: loan.loanNumber }) };
    } catch (error) {
      // Somebody else may have decided, or the answer was lost on its way.
      void queries.invalidateQueries();
      throw error;
    }
  }
  return (
    <>
      <Button look="caution" onClick={() => setOpen(true)}>
        {t("reject.open")}
      </Button>
      {isOpen && (
        <AskWords
          title={t("reject.title")}
          label={t("reject.reason")}
          hint={t("reject.hint")}
          required
          yes={t("reject.yes")}
          danger
          act={reject}
          onDone={() => {
            void navigate({ to: "/decisions", replace: true });
            void queries.invalidateQueries();
          }}
          onClose={() => setOpen(false)}
        >
          <p>{t("reject.of", { amount: naira(loan.principalAmount), name: nameOf(loan.unionMember) })}</p>
        </AskWords>
      )}
    </>
  );
}

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "@/api/client";
import { naira } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { AskWords } from "@/ui/ask-words";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import type { Loan } from "./terms";

const UNDONE = {
  approval: "/api/loans/{loan_id}/undo-approval",
  disbursement: "/api/loans/{loan_id}/undo-disbursement",
} as const;

/** Takes the last step back, in a dialog that says what comes of it; the loan then waits for that step again. */
export function UndoButton({ loan, step }: { loan: Loan; step: keyof typeof UNDONE }) {
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button look="caution" onClick={() => setOpen(true)}>
        {t(`undo.${step}`)}
      </Button>
      {isOpen && (
        <AskWords
          title={t(`undo.${step}`)}
          label={t("loan.notes")}
          yes={t(`undo.yes.${step}`)}
          danger
          act={notes => call("patch", UNDONE[step], { path: { loan_id: loan.id }, body: notes ? { notes } : {} })}
          onDone={() => queries.invalidateQueries()}
          onClose={() => setOpen(false)}
        >
          <p>{t(`undo.explain.${step}`, { amount: naira(loan.principalAmount), name: nameOf(loan.unionMember) })}</p>
        </AskWords>
      )}
    </>
  );
}

/** What can be taken back of a loan that was paid out. */
export function PaidOut({ loan }: { loan: Loan }) {
  return (
    <Card className="grid gap-3">
      <p>{t("undo.disbursementAbout")}</p>
      <UndoButton loan={loan} step="disbursement" />
    </Card>
  );
}

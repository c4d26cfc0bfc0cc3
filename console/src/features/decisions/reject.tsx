import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { call } from "@/api/client";
import { naira } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { Problem } from "@/lib/problem";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { AreaField } from "@/ui/field";
import { toast } from "@/ui/toasts";
import type { Loan } from "./terms";
import { WhatWentWrong } from "./what-went-wrong";

const MOST_WORDS = 2000;

/** Turns the loan down, in a dialog that asks why. */
export function RejectButton({ loan }: { loan: Loan }) {
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button look="caution" onClick={() => setOpen(true)}>
        {t("reject.open")}
      </Button>
      {isOpen && (
        <Reject
          loan={loan}
          onClose={() => setOpen(false)}
          onDone={() => void navigate({ to: "/decisions", replace: true })}
        />
      )}
    </>
  );
}

type RejectProps = { loan: Loan; onClose: () => void; onDone: () => void };

/** Asks why a loan is turned down, and turns it down. */
function Reject({ loan, onClose, onDone }: RejectProps) {
  const queries = useQueryClient();
  const [notes, setNotes] = useState("");
  const reject = useMutation({
    mutationFn: () => call("patch", "/api/loans/{loan_id}/reject", { path: { loan_id: loan.id }, body: { notes } }),
    onSuccess: () => {
      toast("good", t("reject.done", { loan: loan.loanNumber }));
      onDone();
    },
    onSettled: () => queries.invalidateQueries(),
  });
  const fields = reject.error instanceof Problem ? reject.error.fields : {};

  function submit(event: FormEvent) {
    event.preventDefault();
    reject.mutate();
  }

  return (
    <Dialog title={t("reject.title")} onClose={onClose}>
      <form className="grid gap-4" onSubmit={submit}>
        <p>{t("reject.of", { amount: naira(loan.principalAmount), name: nameOf(loan.unionMember) })}</p>
        <AreaField
          label={t("reject.reason")}
          hint={t("reject.hint")}
          error={fields.notes}
          required
          maxLength={MOST_WORDS}
          value={notes}
          onChange={({ target }) => setNotes(target.value)}
        />
        <WhatWentWrong error={reject.error} fields={fields} />
        <Button type="submit" look="danger" disabled={!notes.trim()} busy={reject.isPending}>
          {t("reject.yes")}
        </Button>
      </form>
    </Dialog>
  );
}

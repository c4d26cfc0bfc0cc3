import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "@/api/client";
import { amount, type Kobo, kobo, naira, typedKobo } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { Problem } from "@/lib/problem";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Dialog } from "@/ui/dialog";
import { AreaField, TextField } from "@/ui/field";
import { toast } from "@/ui/toasts";
import { WhatWentWrong } from "@/ui/what-went-wrong";
import { RejectButton } from "./reject";
import type { Loan } from "./terms";

const MOST_WORDS = 2000;

type DecideProps = { loan: Loan; principal: Kobo | null; onPrincipal: (principal: Kobo | null) => void };

/** Approve what was asked for, or less with the reason; or turn it down. It is asked once more before either. */
export function Decide({ loan, principal, onPrincipal }: DecideProps) {
  const queries = useQueryClient();
  const [typed, setTyped] = useState(amount(kobo(loan.principalAmount)).replace(/\.00$/, ""));
  const [notes, setNotes] = useState("");
  const [isAsking, setAsking] = useState(false);
  const wanted = kobo(loan.principalAmount);
  const isLess = principal !== null && principal < wanted;
  const isTooMuch = principal !== null && principal > wanted;
  const approve = useMutation({
    mutationFn: (approved: Kobo) =>
      call("patch", "/api/loans/{loan_id}/approve", {
        path: { loan_id: loan.id },
        body: { ...(approved < wanted ? { principalAmount: amount(approved) } : {}), ...(notes ? { notes } : {}) },
      }),
    onSuccess: () => toast("good", t("decide.approved", { loan: loan.loanNumber })),
    onSettled: async () => {
      setAsking(false);
      // Also after a failure: somebody else may have decided, or the answer was lost on its way.
      await queries.invalidateQueries();
    },
  });
  const fields = approve.error instanceof Problem ? approve.error.fields : {};

  function submit(event: FormEvent) {
    event.preventDefault();
    if (principal) setAsking(true);
  }

  return (
    <Card className="grid gap-4">
      <form className="grid gap-4" onSubmit={submit}>
        <TextField
          label={t("decide.amount")}
          hint={t("decide.amountHint", { amount: naira(wanted) })}
          error={fields.principalAmount ?? amountFault(typed, principal, isTooMuch, wanted)}
          inputMode="decimal"
          autoComplete="off"
          required
          value={typed}
          onChange={({ target }) => {
            setTyped(target.value);
            onPrincipal(typedKobo(target.value) || null);
          }}
        />
        <AreaField
          label={t(isLess ? "decide.reasonForLess" : "loan.notes")}
          error={fields.notes}
          required={isLess}
          maxLength={MOST_WORDS}
          value={notes}
          onChange={({ target }) => setNotes(target.value)}
        />
        <WhatWentWrong error={approve.error} fields={fields} />
        <Button type="submit" disabled={!principal || isTooMuch} busy={approve.isPending}>
          {t("decide.approve", { amount: principal ? naira(principal) : "" })}
        </Button>
      </form>
      <RejectButton loan={loan} />
      {isAsking && principal && (
        <Dialog title={t("decide.sure")} onClose={() => setAsking(false)}>
          <p className="mb-5">
            {t("decide.sureOf", { amount: naira(principal), name: nameOf(loan.unionMember), loan: loan.loanNumber })}
          </p>
          <Button className="w-full" busy={approve.isPending} onClick={() => approve.mutate(principal)}>
            {t("decide.yes")}
          </Button>
        </Dialog>
      )}
    </Card>
  );
}

function amountFault(typed: string, principal: Kobo | null, isTooMuch: boolean, wanted: Kobo): string | undefined {
  if (isTooMuch) return t("decide.tooMuch", { amount: naira(wanted) });
  return typed && principal === null ? t("pay.noAmount") : undefined;
}

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "@/api/client";
import { useCommandKey } from "@/lib/command-key";
import { dayOf, shownDay } from "@/lib/days";
import { amount, type Kobo, naira, typedKobo } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { mayBeDone, Problem } from "@/lib/problem";
import { t, tOf } from "@/lib/text";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Dialog } from "@/ui/dialog";
import { AreaField, SelectField, TextField } from "@/ui/field";
import { Folded } from "@/ui/folded";
import { toast } from "@/ui/toasts";
import { WhatWentWrong } from "@/ui/what-went-wrong";
import type { Loan } from "./loan";

const KINDS = ["FEE", "PENALTY"] as const;
const MOST_WORDS = 500;

/** The form for another fee or penalty, there when somebody asks for it; once one was added it is folded again. */
export function NewCharge({ loan }: { loan: Loan }) {
  const [added, setAdded] = useState(0);
  return (
    <Folded key={added} title={t("account.addCharge")}>
      <Form loan={loan} onAdded={() => setAdded(count => count + 1)} />
    </Folded>
  );
}

/** Puts a fee or a penalty on the loan, after asking once more. When no answer comes, the same can be sent again and
 * nothing else: it is added once, by its key. */
function Form({ loan, onAdded }: { loan: Loan; onAdded: () => void }) {
  const queries = useQueryClient();
  const [kind, setKind] = useState<(typeof KINDS)[number]>("FEE");
  const [typed, setTyped] = useState("");
  const [dueOn, setDueOn] = useState(dayOf(new Date()));
  const [note, setNote] = useState("");
  const [isAsking, setAsking] = useState(false);
  const key = useCommandKey();
  const value = typedKobo(typed) || null;
  const send = useMutation({
    mutationFn: (charged: Kobo) =>
      call("post", "/api/loans/{loan_id}/charges", {
        path: { loan_id: loan.id },
        body: { kind, amount: amount(charged), dueOn, note: note.trim() || null },
        key: key.current,
      }),
    onSuccess: async (_, charged) => {
      toast("good", t("account.done.addCharge", { kind: tOf("charge.kind", kind), amount: naira(charged) }));
      await queries.invalidateQueries();
      onAdded();
    },
    onError: async error => {
      key.failed(error);
      if (!mayBeDone(error)) await queries.invalidateQueries();
    },
    onSettled: () => setAsking(false),
  });
  const isUnknown = mayBeDone(send.error);
  const fields = send.error instanceof Problem ? send.error.fields : {};

  function submit(event: FormEvent) {
    event.preventDefault();
    if (value) setAsking(true);
  }

  return (
    <Card>
      <form className="grid gap-4" onSubmit={submit}>
        <SelectField
          label={t("account.kind")}
          disabled={isUnknown}
          value={kind}
          onChange={({ target }) => setKind(KINDS.find(each => each === target.value) ?? kind)}
        >
          {KINDS.map(each => (
            <option key={each} value={each}>
              {tOf("charge.kind", each)}
            </option>
          ))}
        </SelectField>
        <TextField
          label={t("pay.amount")}
          error={fields.amount ?? (typed && value === null ? t("pay.noAmount") : undefined)}
          inputMode="decimal"
          autoComplete="off"
          required
          disabled={isUnknown}
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
        />
        <TextField
          label={t("account.dueOn")}
          hint={t("account.dueOnHint")}
          error={fields.dueOn}
          type="date"
          required
          disabled={isUnknown}
          value={dueOn}
          onChange={({ target }) => setDueOn(target.value)}
        />
        <AreaField
          label={t("account.note")}
          error={fields.note}
          rows={2}
          maxLength={MOST_WORDS}
          disabled={isUnknown}
          value={note}
          onChange={({ target }) => setNote(target.value)}
        />
        <WhatWentWrong error={send.error} fields={fields} unknown={t("account.unknown")} />
        <Button type="submit" disabled={!value || !dueOn} busy={send.isPending}>
          {isUnknown ? t("pay.again") : value ? t("account.add", { amount: naira(value) }) : t("account.addNothing")}
        </Button>
      </form>
      {isAsking && value && (
        <Dialog title={t("decide.sure")} onClose={() => setAsking(false)}>
          <p className="mb-5">
            {t("account.sureOf", {
              kind: tOf("charge.kind", kind),
              amount: naira(value),
              name: nameOf(loan.unionMember),
              day: shownDay(dueOn),
            })}
          </p>
          <Button className="w-full" busy={send.isPending} onClick={() => send.mutate(value)}>
            {t("account.yes.addCharge")}
          </Button>
        </Dialog>
      )}
    </Card>
  );
}

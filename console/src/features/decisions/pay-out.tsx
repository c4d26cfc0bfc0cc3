import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { call } from "@/api/client";
import { useCommandKey } from "@/lib/command-key";
import { dayOf, shownDay } from "@/lib/days";
import { kobo, naira } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { mayBeDone, Problem } from "@/lib/problem";
import { t, tOf } from "@/lib/text";
import { Button } from "@/ui/button";
import { Card, Facts } from "@/ui/card";
import { Dialog } from "@/ui/dialog";
import { SelectField, TextField } from "@/ui/field";
import { toast } from "@/ui/toasts";
import { WhatWentWrong } from "@/ui/what-went-wrong";
import { RejectButton } from "./reject";
import type { Loan } from "./terms";
import { UndoButton } from "./undo";

const METHODS = ["CASH", "TRANSFER", "POS", "MOBILE", "USSD", "OTHER"] as const;
type Method = (typeof METHODS)[number];

/** Says when and how the money was handed over; the loan runs from then on. When no answer comes, the same can be sent
 * again and nothing else: the money is handed out once, by its key. */
export function PayOut({ loan }: { loan: Loan }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const today = dayOf(new Date());
  const [day, setDay] = useState(today);
  const [method, setMethod] = useState<Method>("CASH");
  const [reference, setReference] = useState("");
  const [isAsking, setAsking] = useState(false);
  const key = useCommandKey();
  const fee = loan.deductFeeFromDisbursement ? kobo(loan.processingFeeAmount) : 0;
  const paidOut = kobo(loan.principalAmount) - fee;
  const send = useMutation({
    mutationFn: () =>
      call("post", "/api/loans/{loan_id}/disburse", {
        path: { loan_id: loan.id },
        // Of today the moment counts.
        body: { method, ...(day === today ? {} : { disbursedAt: day }), ...(reference ? { reference } : {}) },
        key: key.current,
      }),
    onSuccess: async () => {
      toast("good", t("payOut.done", { amount: naira(paidOut), name: nameOf(loan.unionMember) }));
      await navigate({ to: "/loans/$loanId", params: { loanId: loan.id }, replace: true });
      await queries.invalidateQueries();
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
    setAsking(true);
  }

  return (
    <Card className="grid gap-4">
      <form className="grid gap-4" onSubmit={submit}>
        <Facts
          facts={[
            [t("loan.principal"), naira(loan.principalAmount)],
            [t("payOut.fee"), fee ? naira(-fee) : null],
            [t("preview.paidOut"), naira(paidOut)],
          ]}
        />
        <TextField
          label={t("payOut.day")}
          hint={t("payOut.dayHint")}
          error={fields.disbursedAt}
          type="date"
          required
          max={today}
          disabled={isUnknown}
          value={day}
          onChange={({ target }) => setDay(target.value)}
        />
        <SelectField
          label={t("payOut.method")}
          disabled={isUnknown}
          value={method}
          onChange={({ target }) => setMethod(target.value as Method)}
        >
          {METHODS.map(each => (
            <option key={each} value={each}>
              {tOf("method", each)}
            </option>
          ))}
        </SelectField>
        <TextField
          label={t("pay.reference")}
          error={fields.reference}
          autoComplete="off"
          maxLength={120}
          disabled={isUnknown}
          value={reference}
          onChange={({ target }) => setReference(target.value)}
        />
        <WhatWentWrong error={send.error} fields={fields} />
        <Button type="submit" busy={send.isPending}>
          {isUnknown ? t("pay.again") : t("payOut.send", { amount: naira(paidOut) })}
        </Button>
      </form>
      <UndoButton loan={loan} step="approval" />
      <RejectButton loan={loan} />
      {isAsking && (
        <Dialog title={t("decide.sure")} onClose={() => setAsking(false)}>
          <p className="mb-5">
            {t("payOut.sureOf", {
              amount: naira(paidOut),
              name: nameOf(loan.unionMember),
              method: tOf("method", method),
              day: shownDay(day),
            })}
          </p>
          <Button className="w-full" busy={send.isPending} onClick={() => send.mutate()}>
            {t("payOut.yes")}
          </Button>
        </Dialog>
      )}
    </Card>
  );
}

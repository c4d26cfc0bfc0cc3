import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "@/api/client";
import { useCommandKey } from "@/lib/command-key";
import { amount, kobo, naira, typedKobo } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { mayBeDone, Problem } from "@/lib/problem";
import { t, tOf } from "@/lib/text";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/card";
import { Dialog } from "@/ui/dialog";
import { wordsOf } from "@/ui/failure";
import { SelectField, TextField } from "@/ui/field";
import type { Account, Recorded } from "./page";

const METHODS = ["CASH", "TRANSFER", "POS", "MOBILE", "USSD", "OTHER"] as const;
type Method = (typeof METHODS)[number];

/** The amounts that are usually paid, those of nothing left out, each once. */
function usualAmounts({ dueToday, arrears, settlement }: Account) {
  const due = kobo(dueToday);
  const late = kobo(arrears);
  const choices = [
    ["pay.dueToday", due],
    ["pay.arrears", late],
    ["pay.dueAndArrears", due && late ? due + late : 0],
    ["pay.settlement", kobo(settlement)],
  ] as const;
  return choices.filter(([, value], index) => value > 0 && choices.findIndex(([, other]) => other === value) === index);
}

/** How much was paid and how; asks once more before it is recorded, for it cannot be taken back.
 *
 * When no answer comes, the same payment can be sent again and nothing else: it is recorded once, by its key. */
export function PaymentForm({ account, onRecorded }: { account: Account; onRecorded: (recorded: Recorded) => void }) {
  const queries = useQueryClient();
  const choices = usualAmounts(account);
  // Nobody settles a loan by pressing what is chosen already.
  const [choice, setChoice] = useState<number | "other">(
    choices[0] && choices[0][0] !== "pay.settlement" ? 0 : "other",
  );
  const [typed, setTyped] = useState("");
  const [method, setMethod] = useState<Method>("CASH");
  const [reference, setReference] = useState("");
  const [isAsking, setAsking] = useState(false);
  const key = useCommandKey();
  const value = choice === "other" ? typedKobo(typed) : (choices[choice]?.[1] ?? null);

  const send = useMutation({
    mutationFn: (paid: number) =>
      call("post", "/api/repayments", {
        body: { loanId: account.loan.id, amount: amount(paid), method, reference: reference || null },
        key: key.current,
      }),
    onSuccess: async ({ data }) => {
      onRecorded(data);
      await queries.invalidateQueries();
    },
    onError: error => key.failed(error),
    onSettled: () => setAsking(false),
  });
  const isUnknown = mayBeDone(send.error);
  const fields = send.error instanceof Problem ? send.error.fields : {};

  function submit(event: FormEvent) {
    event.preventDefault();
    if (value) setAsking(true);
  }

  return (
    <form className="grid gap-5" onSubmit={submit}>
      <fieldset className="grid gap-2" disabled={isUnknown}>
        <legend className="mb-2 text-sm font-medium">{t("pay.howMuch")}</legend>
        {choices.map(([name, each], index) => (
          <Choice key={name} isChosen={choice === index} onChoose={() => setChoice(index)}>
            <span>{t(name)}</span>
            <span className="text-lg font-semibold tabular-nums">{naira(each)}</span>
          </Choice>
        ))}
        <Choice isChosen={choice === "other"} onChoose={() => setChoice("other")}>
          {t("pay.other")}
        </Choice>
      </fieldset>
      {choice === "other" && (
        <TextField
          label={t("pay.amount")}
          error={fields.amount ?? (typed && value === null ? t("pay.noAmount") : undefined)}
          inputMode="decimal"
          autoComplete="off"
          required
          disabled={isUnknown}
          value={typed}
          onChange={event => setTyped(event.target.value)}
        />
      )}
      <SelectField
        label={t("pay.method")}
        disabled={isUnknown}
        value={method}
        onChange={event => setMethod(event.target.value as Method)}
      >
        {METHODS.map(each => (
          <option key={each} value={each}>
            {tOf("method", each)}
          </option>
        ))}
      </SelectField>
      {method !== "CASH" && (
        <TextField
          label={t("pay.reference")}
          error={fields.reference}
          autoComplete="off"
          maxLength={120}
          disabled={isUnknown}
          value={reference}
          onChange={event => setReference(event.target.value)}
        />
      )}
      {send.error && (
        <div role="alert">
          <Notice tone={isUnknown ? "warn" : "bad"}>{isUnknown ? t("pay.unknown") : wordsOf(send.error)}</Notice>
        </div>
      )}
      <Button type="submit" disabled={!value} busy={send.isPending}>
        {isUnknown ? t("pay.again") : value ? t("pay.record", { amount: naira(value) }) : t("pay.recordNothing")}
      </Button>
      {isAsking && value && (
        <Dialog title={t("pay.sure")} onClose={() => setAsking(false)}>
          <p className="mb-5">
            {t("pay.sureOf", {
              amount: naira(value),
              name: nameOf(account.loan.unionMember),
              method: tOf("method", method),
            })}
          </p>
          <Button className="w-full" busy={send.isPending} onClick={() => send.mutate(value)}>
            {t("pay.yes")}
          </Button>
        </Dialog>
      )}
    </form>
  );
}

function Choice({
  isChosen,
  onChoose,
  children,
}: {
  isChosen: boolean;
  onChoose: () => void;
  children: React.ReactNode;
}) {
  return (
    <label
      className={`flex min-h-14 cursor-pointer items-center gap-3 rounded-xl border px-4 ${isChosen ? "border-brand bg-brand-soft" : "border-line bg-card"}`}
    >
      <input
        type="radio"
        name="amount"
        className="size-5 shrink-0 accent-brand"
        checked={isChosen}
        onChange={onChoose}
      />
      <span className="flex flex-1 flex-wrap items-center justify-between gap-x-3">{children}</span>
    </label>
  );
}

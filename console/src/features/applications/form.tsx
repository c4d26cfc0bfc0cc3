import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { call } from "@/api/client";
import type { Data } from "@/api/types";
import { useCommandKey } from "@/lib/command-key";
import { dayOf } from "@/lib/days";
import { amount, naira, typedKobo } from "@/lib/money";
import { Problem } from "@/lib/problem";
import { t, tOf } from "@/lib/text";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/card";
import { wordsOf } from "@/ui/failure";
import { SelectField, TextField } from "@/ui/field";
import { toast } from "@/ui/toasts";
import { Preview } from "./preview";

type LoanType = Data<"/api/loan-types", "get">[number];

/** What is asked for; the preview follows every change of it. */
export function ApplicationForm({ memberId, types }: { memberId: string; types: LoanType[] }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [typeId, setTypeId] = useState(types.length === 1 ? (types[0]?.id ?? "") : "");
  const [wanted, setWanted] = useState("");
  const [term, setTerm] = useState("");
  const [startDate, setStart] = useState(dayOf(new Date()));
  const [notes, setNotes] = useState("");
  const key = useCommandKey();
  const type = types.find(each => each.id === typeId);
  const principal = typedKobo(wanted);
  const termCount = /^\d{1,4}$/.test(term) ? Number(term) : 0;
  const request = type &&
    principal && {
      loanTypeId: type.id,
      principalAmount: amount(principal),
      termCount,
      termUnit: type.termUnit,
      startDate,
    };

  const send = useMutation({
    mutationFn: (submit: boolean) => {
      if (!request) throw new Error("There is nothing to send yet.");
      const body = { ...request, unionMemberId: memberId, submit, ...(notes ? { notes } : {}) };
      return call("post", "/api/loans", { body, key: key.current });
    },
    onSuccess: async ({ data }) => {
      await queries.invalidateQueries();
      toast("good", t(data.status === "DRAFT" ? "apply.saved" : "apply.sent", { loan: data.loanNumber }));
      await navigate({ to: "/loans/$loanId", params: { loanId: data.id }, replace: true });
    },
    onError: error => key.failed(error),
  });
  const fields = send.error instanceof Problem ? send.error.fields : {};
  const change = (set: (value: string) => void) => (event: { target: { value: string } }) => {
    set(event.target.value);
    // Another application is meant than the one that was sent.
    if (!send.isIdle && !send.isPending) {
      key.renew();
      send.reset();
    }
  };

  function submit(event: FormEvent) {
    event.preventDefault();
    send.mutate(true);
  }

  return (
    <form className="grid gap-5" onSubmit={submit}>
      <SelectField
        label={t("apply.type")}
        hint={type && typeRule(type)}
        error={fields.loanTypeId}
        required
        value={typeId}
        onChange={change(setTypeId)}
      >
        <option value="">{t("app.choose")}</option>
        {types.map(each => (
          <option key={each.id} value={each.id}>
            {each.name}
          </option>
        ))}
      </SelectField>
      <TextField
        label={t("apply.amount")}
        error={fields.principalAmount ?? (wanted && principal === null ? t("pay.noAmount") : undefined)}
        inputMode="decimal"
        autoComplete="off"
        required
        value={wanted}
        onChange={change(setWanted)}
      />
      <div className="grid grid-cols-2 gap-3">
        <TextField
          label={t("apply.term", { unit: tOf("terms", type?.termUnit ?? "") })}
          error={fields.termCount}
          inputMode="numeric"
          autoComplete="off"
          required
          value={term}
          onChange={change(setTerm)}
        />
        <TextField
          label={t("apply.start")}
          error={fields.startDate}
          type="date"
          required
          value={startDate}
          onChange={change(setStart)}
        />
      </div>
      <TextField
        label={t("apply.notes")}
        error={fields.notes}
        value={notes}
        maxLength={2000}
        onChange={change(setNotes)}
      />
      {request && termCount > 0 && <Preview request={request} />}
      <p className="text-sm text-soft">{t("apply.guarantors")}</p>
      {send.error && !Object.keys(fields).length && (
        <div role="alert">
          <Notice tone="bad">{wordsOf(send.error)}</Notice>
        </div>
      )}
      <div className="grid gap-3 sm:grid-cols-2">
        <Button type="submit" disabled={!request} busy={send.isPending}>
          {t("apply.send")}
        </Button>
        <Button look="quiet" disabled={!request || send.isPending} onClick={() => send.mutate(false)}>
          {t("apply.draft")}
        </Button>
      </div>
    </form>
  );
}

function typeRule(type: LoanType): string {
  return t("apply.rule", {
    least: naira(type.minAmount),
    most: naira(type.maxAmount),
    shortest: type.minTerm,
    longest: type.maxTerm,
    unit: tOf("terms", type.termUnit),
    rate: Number(type.interestRate),
  });
}

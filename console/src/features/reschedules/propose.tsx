import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "@/api/client";
import type { Body } from "@/api/types";
import { useCommandKey } from "@/lib/command-key";
import { dayOf } from "@/lib/days";
import { Problem } from "@/lib/problem";
import { useSettled } from "@/lib/settled";
import { t, tOf } from "@/lib/text";
import { Button } from "@/ui/button";
import { Card, Section } from "@/ui/card";
import { PlannedLines } from "@/ui/cost";
import { Failure } from "@/ui/failure";
import { AreaField, SelectField, TextField } from "@/ui/field";
import { Skeleton } from "@/ui/list";
import { toast } from "@/ui/toasts";
import { WhatWentWrong } from "@/ui/what-went-wrong";
import type { Loan } from "./terms";

const RESCHEDULES = "/api/loans/{loan_id}/reschedules";
const UNITS = ["DAY", "WEEK", "MONTH"] as const;
const MOST_WORDS = 2000;
type Terms = Body<typeof RESCHEDULES, "post">;

/** Asks for other terms, with the lines that would come of them before anybody is asked. */
export function Propose({ loan }: { loan: Loan }) {
  const queries = useQueryClient();
  const [fromDate, setFrom] = useState(dayOf(new Date()));
  const [term, setTerm] = useState("");
  const [termUnit, setUnit] = useState(loan.termUnit);
  const [firstDueDate, setFirstDue] = useState("");
  const [reason, setReason] = useState("");
  const key = useCommandKey();
  const termCount = /^\d{1,4}$/.test(term) ? Number(term) : 0;
  const terms: Terms = { fromDate, termCount, termUnit, ...(firstDueDate ? { firstDueDate } : {}) };
  const send = useMutation({
    mutationFn: () =>
      call("post", RESCHEDULES, { path: { loan_id: loan.id }, body: { ...terms, reason }, key: key.current }),
    onSuccess: async () => {
      toast("good", t("reschedule.sent"));
      await queries.invalidateQueries();
    },
    onError: error => key.failed(error),
  });
  const fields = send.error instanceof Problem ? send.error.fields : {};
  const change = (set: (value: string) => void) => (event: { target: { value: string } }) => {
    set(event.target.value);
    // Another proposal is meant than the one that was sent.
    if (!send.isIdle && !send.isPending) {
      key.renew();
      send.reset();
    }
  };

  function submit(event: FormEvent) {
    event.preventDefault();
    send.mutate();
  }

  return (
    <Section title={t("reschedule.propose")}>
      <form className="grid gap-4" onSubmit={submit}>
        <Card className="grid gap-4">
          <TextField
            label={t("reschedule.from")}
            hint={t("reschedule.fromHint")}
            error={fields.fromDate}
            type="date"
            required
            value={fromDate}
            onChange={change(setFrom)}
          />
          <div className="grid grid-cols-2 items-start gap-3">
            <TextField
              label={t("reschedule.count")}
              error={fields.termCount}
              inputMode="numeric"
              autoComplete="off"
              required
              value={term}
              onChange={change(setTerm)}
            />
            <SelectField
              label={t("reschedule.unit")}
              error={fields.termUnit}
              value={termUnit}
              onChange={change(value => setUnit(UNITS.find(unit => unit === value) ?? loan.termUnit))}
            >
              {UNITS.map(unit => (
                <option key={unit} value={unit}>
                  {tOf("terms", unit)}
                </option>
              ))}
            </SelectField>
          </div>
          <TextField
            label={t("reschedule.firstDue")}
            hint={t("reschedule.firstDueHint")}
            error={fields.firstDueDate}
            type="date"
            value={firstDueDate}
            onChange={change(setFirstDue)}
          />
          <AreaField
            label={t("reschedule.reason")}
            error={fields.reason}
            required
            maxLength={MOST_WORDS}
            value={reason}
            onChange={change(setReason)}
          />
          <WhatWentWrong error={send.error} fields={fields} />
          <Button type="submit" disabled={!termCount || !reason.trim()} busy={send.isPending}>
            {t("reschedule.send")}
          </Button>
        </Card>
      </form>
      {termCount > 0 && fromDate && <Preview loanId={loan.id} terms={terms} />}
    </Section>
  );
}

/** The lines that would follow those that stay, as the platform counts them. */
function Preview({ loanId, terms }: { loanId: string; terms: Terms }) {
  const wanted: Terms = JSON.parse(useSettled(JSON.stringify(terms)));
  const { data, error } = useQuery(previewing(loanId, wanted));
  if (error) return <Failure error={error} />;
  if (!data) return <Skeleton lines={3} />;
  return (
    <Section title={t("reschedule.lines")}>
      <PlannedLines lines={data.data} />
    </Section>
  );
}

const PREVIEW = "/api/loans/{loan_id}/reschedules/preview";

function previewing(loanId: string, terms: Terms) {
  const path = { loan_id: loanId };
  return queryOptions({
    queryKey: [PREVIEW, path, terms],
    queryFn: ({ signal }) => call("post", PREVIEW, { path, body: terms, signal }),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

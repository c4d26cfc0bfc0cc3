import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Data } from "@/api/types";
import { weekday } from "@/lib/days";
import { Problem } from "@/lib/problem";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SelectField } from "@/ui/field";
import { toast } from "@/ui/toasts";
import { WhatWentWrong } from "@/ui/what-went-wrong";

export const SUBSCRIPTIONS = "/api/reports/subscriptions";
export type Subscription = Data<typeof SUBSCRIPTIONS, "get">[number];
export type Terms = Pick<Subscription, "frequency" | "day" | "format">;

const FREQUENCIES = ["DAILY", "WEEKLY", "MONTHLY"] as const;
const FORMATS = ["pdf", "xlsx", "csv"] as const;
// Not every month has more.
const LAST_DAY = { DAILY: 1, WEEKLY: 7, MONTHLY: 28 } as const;

type SubscriptionFormProps = {
  title: string;
  initial: Terms;
  yes: string;
  save: (terms: Terms) => Promise<{ message: string }>;
  onClose: () => void;
};

/** How often a report is mailed, on which day, and as what. */
export function SubscriptionForm({ title, initial, yes, save, onClose }: SubscriptionFormProps) {
  const queries = useQueryClient();
  const [terms, setTerms] = useState(initial);
  const { frequency, day, format } = terms;
  const saving = useMutation({
    mutationFn: () => save(terms),
    onSuccess: async ({ message }) => {
      await queries.invalidateQueries({ queryKey: [SUBSCRIPTIONS] });
      toast("good", message);
      onClose();
    },
  });
  const fields = saving.error instanceof Problem ? saving.error.fields : {};

  function submit(event: FormEvent) {
    event.preventDefault();
    saving.mutate();
  }

  return (
    <Dialog title={title} onClose={onClose}>
      <form className="grid gap-4" onSubmit={submit}>
        <SelectField
          label={t("subscription.frequency")}
          hint={t(`subscription.about.${frequency}`)}
          value={frequency}
          onChange={({ target }) => {
            const chosen = FREQUENCIES.find(each => each === target.value) ?? frequency;
            setTerms({ ...terms, frequency: chosen, day: 1 });
          }}
        >
          {FREQUENCIES.map(each => (
            <option key={each} value={each}>
              {t(`subscription.frequency.${each}`)}
            </option>
          ))}
        </SelectField>
        {frequency !== "DAILY" && (
          <SelectField
            label={t("subscription.day")}
            error={fields.day}
            value={day}
            onChange={({ target }) => setTerms({ ...terms, day: Number(target.value) })}
          >
            {Array.from({ length: LAST_DAY[frequency] }, (_, before) => before + 1).map(each => (
              <option key={each} value={each}>
                {frequency === "WEEKLY" ? weekday(each) : each}
              </option>
            ))}
          </SelectField>
        )}
        <SelectField
          label={t("subscription.format")}
          value={format}
          onChange={({ target }) =>
            setTerms({ ...terms, format: FORMATS.find(each => each === target.value) ?? format })
          }
        >
          {FORMATS.map(each => (
            <option key={each} value={each}>
              {t(`reports.${each}`)}
            </option>
          ))}
        </SelectField>
        <WhatWentWrong error={saving.error} fields={fields.day ? fields : {}} />
        <Button type="submit" busy={saving.isPending}>
          {yes}
        </Button>
      </form>
    </Dialog>
  );
}

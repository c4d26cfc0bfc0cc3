import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { Problem } from "@/lib/problem";
import { t } from "@/lib/text";
import { Button } from "./button";
import { Notice } from "./card";
import { wordsOf } from "./failure";
import { AreaField, CheckField, SelectField, TextField } from "./field";
import { toast } from "./toasts";

type Value = string | number | boolean;
export type Entry<Name> = {
  name: Name;
  label: string;
  kind?: "text" | "email" | "tel" | "password" | "date" | "area";
  /** Values with their words, for a choice among them. */
  choices?: readonly (readonly [string, string])[];
  hint?: string;
  optional?: boolean;
  least?: number;
  lines?: number;
};

type EntryFormProps<T extends Record<keyof T, Value>> = {
  entries: readonly Entry<keyof T & string>[];
  initial: T;
  submit: string;
  save: (values: T) => Promise<{ message: string }>;
  onSaved?: () => unknown;
  /** What is said or shown of the values as they are. */
  children?: (values: T) => ReactNode;
  columns?: boolean;
};

/** A form of many alike fields. What each is follows from its value: text, a whole number, or yes or no. What is changed
 * elsewhere meanwhile shows in every field in which nobody has typed. */
export function EntryForm<T extends Record<keyof T, Value>>(props: EntryFormProps<T>) {
  const { entries, initial, submit, save, onSaved, children, columns = false } = props;
  const { values, type, markSaved } = useTyped(initial);
  const id = useId();
  const saving = useMutation({
    mutationFn: save,
    onSuccess: async ({ message }, saved) => {
      markSaved(saved);
      await onSaved?.();
      toast("good", message);
    },
  });
  const errors = saving.error instanceof Problem ? saving.error.fields : {};
  const shown = new Set<string>(entries.map(({ name }) => name));
  const others = Object.keys(errors).filter(name => !shown.has(name));

  function send(event: FormEvent) {
    event.preventDefault();
    saving.mutate(values);
  }

  return (
    <form className="grid gap-4" onSubmit={send} aria-describedby={saving.error ? id : undefined}>
      <div className={columns ? "grid items-start gap-4 sm:grid-cols-2" : "grid gap-4"}>
        {entries.map(entry => (
          <EntryField
            key={entry.name}
            entry={entry}
            value={values[entry.name]}
            error={errors[entry.name]}
            // The value of a field keeps the type that it began with.
            onChange={value => type(entry.name, value as T[keyof T])}
          />
        ))}
      </div>
      {children?.(values)}
      {saving.error && (others.length > 0 || !Object.keys(errors).length) && (
        <div id={id}>
          <Notice tone="bad">{[wordsOf(saving.error), ...others.map(name => errors[name])].join(" ")}</Notice>
        </div>
      )}
      <Button type="submit" className="justify-self-start" busy={saving.isPending}>
        {submit}
      </Button>
    </form>
  );
}

/** The values of a form: what was typed over those it has by itself, until it has what was saved. */
function useTyped<T extends Record<keyof T, Value>>(initial: T) {
  const [typed, setTyped] = useState<Partial<T>>({});
  const [saved, setSaved] = useState<Partial<T>>({});
  const content = JSON.stringify(initial);
  const [known, setKnown] = useState(content);
  if (content !== known) {
    setKnown(content);
    setTyped(without(typed, saved));
  }
  return {
    values: { ...initial, ...typed },
    type: (name: keyof T, value: T[keyof T]) => setTyped(old => ({ ...old, [name]: value })),
    markSaved: setSaved,
  };
}

/** What was typed and is not what was saved. */
function without<T>(typed: Partial<T>, saved: Partial<T>): Partial<T> {
  const names = Object.keys(typed) as (keyof T)[];
  return Object.fromEntries(
    names.filter(name => typed[name] !== saved[name]).map(name => [name, typed[name]]),
  ) as Partial<T>;
}

type EntryFieldProps = {
  entry: Entry<string>;
  value: Value;
  error: string | undefined;
  onChange: (value: Value) => void;
};

function EntryField({ entry, value, error, onChange }: EntryFieldProps) {
  const { name, label, kind = "text", choices, hint, optional = false, least = 0, lines = 4 } = entry;
  const around = { label, error, hint, name };
  if (typeof value === "boolean")
    return <CheckField {...around} checked={value} onChange={event => onChange(event.target.checked)} />;
  if (choices)
    return (
      <SelectField {...around} required={!optional} value={value} onChange={event => onChange(event.target.value)}>
        {(optional || value === "") && <option value="">{t("app.choose")}</option>}
        {choices.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </SelectField>
    );
  if (typeof value === "number")
    return (
      <TextField
        {...around}
        type="number"
        inputMode="numeric"
        min={least}
        step={1}
        required
        value={Number.isNaN(value) ? "" : value}
        onChange={event => onChange(event.target.valueAsNumber)}
      />
    );
  if (kind === "area")
    return (
      <AreaField
        {...around}
        rows={lines}
        required={!optional}
        value={value}
        onChange={event => onChange(event.target.value)}
      />
    );
  return (
    <TextField
      {...around}
      type={kind}
      autoComplete={kind === "password" ? "new-password" : "off"}
      required={!optional}
      value={value}
      onChange={event => onChange(event.target.value)}
    />
  );
}

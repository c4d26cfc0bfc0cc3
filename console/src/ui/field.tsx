import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react";
import { classes } from "@/lib/classes";

const BOX =
  "min-h-12 w-full rounded-xl border bg-card px-4 text-base text-ink placeholder:text-soft disabled:opacity-60";

type Around = { label: string; error?: string | undefined; hint?: ReactNode };

function Labelled({ label, error, hint, id, children }: Around & { id: string; children: ReactNode }) {
  return (
    <div className="grid min-w-0 grid-cols-1 gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children}
      {hint && !error && (
        <p id={`${id}-says`} className="text-sm text-soft">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-says`} role="alert" className="text-sm font-medium text-bad">
          {error}
        </p>
      )}
    </div>
  );
}

function described(id: string, { error, hint }: Pick<Around, "error" | "hint">) {
  const says = error || hint ? { "aria-describedby": `${id}-says` } : {};
  return { ...says, "aria-invalid": Boolean(error), className: classes(BOX, error ? "border-bad" : "border-line") };
}

/** A field for text with its label above and what is wrong below. */
export function TextField({ label, error, hint, ...rest }: Around & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <Labelled label={label} error={error} hint={hint} id={id}>
      <input id={id} {...described(id, { error, hint })} {...rest} />
    </Labelled>
  );
}

/** A choice among a few, by the control that phones have for it. */
export function SelectField({
  label,
  error,
  hint,
  children,
  ...rest
}: Around & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  return (
    <Labelled label={label} error={error} hint={hint} id={id}>
      <select id={id} {...described(id, { error, hint })} {...rest}>
        {children}
      </select>
    </Labelled>
  );
}

const FILE =
  "w-full rounded-xl border border-line bg-card p-3 text-base file:mr-3 file:rounded-lg file:border-0 file:bg-brand-soft file:px-3 file:py-1.5 file:font-medium file:text-brand";

/** A field for a file. */
export function FileField(props: Around & InputHTMLAttributes<HTMLInputElement>) {
  return <TextField {...props} type="file" className={FILE} />;
}

/** A field for text of several lines. */
export function AreaField({ label, error, hint, ...rest }: Around & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  const { className, ...about } = described(id, { error, hint });
  return (
    <Labelled label={label} error={error} hint={hint} id={id}>
      <textarea id={id} {...about} className={classes(className, "py-3")} {...rest} />
    </Labelled>
  );
}

/** Yes or no, with what it means beside the box. */
export function CheckField({ label, error, hint, ...rest }: Around & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  const { className: _, ...about } = described(id, { error, hint });
  return (
    <div className="grid min-w-0 grid-cols-[auto_1fr] gap-x-3">
      <input id={id} type="checkbox" {...about} className="mt-3 size-5 accent-brand" {...rest} />
      <label htmlFor={id} className="flex min-h-11 items-center font-medium">
        {label}
      </label>
      {(error || hint) && (
        <p id={`${id}-says`} className={classes("col-start-2 text-sm", error ? "font-medium text-bad" : "text-soft")}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}

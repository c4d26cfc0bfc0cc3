import type { ButtonHTMLAttributes } from "react";
import { classes } from "@/lib/classes";

type Look = "main" | "quiet" | "caution" | "danger" | "plain";

const SHAPE =
  "inline-flex min-h-12 items-center justify-center gap-2 rounded-xl text-base font-semibold transition-colors disabled:opacity-60";
const LOOKS: Record<Look, string> = {
  main: "bg-brand px-5 text-on-brand hover:opacity-90",
  quiet: "border border-line bg-card px-5 text-ink hover:bg-page",
  caution: "border border-line bg-card px-5 text-bad hover:bg-page",
  danger: "bg-bad px-5 text-card hover:opacity-90",
  plain: "px-3 text-brand hover:bg-brand-soft",
};

/** The classes of a button, for links that look like one. */
export function buttonClasses(look: Look = "main", more?: string): string {
  return classes(SHAPE, LOOKS[look], more);
}

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { look?: Look; busy?: boolean };

/** A button; while it is `busy` it cannot be pressed again. */
export function Button({ look = "main", busy = false, className, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy}
      className={buttonClasses(look, className)}
    >
      {busy && (
        <span className="size-4 motion-safe:animate-spin rounded-full border-2 border-current border-t-transparent" />
      )}
      {children}
    </button>
  );
}

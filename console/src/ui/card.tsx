import type { ReactNode } from "react";
import { classes } from "@/lib/classes";

/** A surface with one thing on it. */
export function Card({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={classes("rounded-2xl border border-line bg-card p-4", className)}>{children}</div>;
}

/** A part of a page under a heading, with what can be done there beside it. */
export function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="grid min-w-0 grid-cols-1 gap-3">
      <div className="flex min-h-8 flex-wrap items-end justify-between gap-x-3 gap-y-2">
        <h2 className="min-w-0 text-lg font-semibold break-words">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

type Tone = "plain" | "good" | "warn" | "bad" | "brand";

const TONES: Record<Tone, string> = {
  plain: "bg-page text-soft border border-line",
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  brand: "bg-brand-soft text-brand",
};

/** A word or two that say in which state something is. */
export function Badge({ tone = "plain", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span className={classes("rounded-2xl px-2.5 py-0.5 text-sm font-medium wrap-normal", TONES[tone])}>
      {children}
    </span>
  );
}

/** What somebody has to know before going on. */
export function Notice({ tone, children }: { tone: Exclude<Tone, "plain">; children: ReactNode }) {
  return <div className={classes("rounded-xl px-4 py-3 text-sm", TONES[tone])}>{children}</div>;
}

/** Names and what they stand for, one below the other. */
export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-1 gap-2.5">
      {facts
        .filter(([, value]) => value !== null && value !== undefined && value !== "")
        .map(([name, value]) => (
          <div key={name} className="flex justify-between gap-4">
            <dt className="max-w-1/2 shrink-0 break-words text-soft">{name}</dt>
            <dd className="min-w-0 text-right font-medium break-words">{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** One figure with its name, for the top of a page. */
export function Figure({ name, value, tone }: { name: string; value: string; tone?: "bad" | "good" }) {
  return (
    <div className="min-w-0">
      <p className="text-sm text-soft">{name}</p>
      <p
        className={classes(
          "text-xl font-semibold tabular-nums",
          tone === "bad" && "text-bad",
          tone === "good" && "text-good",
        )}
      >
        {value}
      </p>
    </div>
  );
}

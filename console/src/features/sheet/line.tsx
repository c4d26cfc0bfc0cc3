import { useState } from "react";
import { classes } from "@/lib/classes";
import { amount, type Kobo, kobo, naira, typedKobo } from "@/lib/money";
import { t } from "@/lib/text";
import type { Entry, Sheet } from "@/offline/database";
import { Badge } from "@/ui/card";

type Line = Sheet["lines"][number];
type LineProps = { line: Line; entry: Entry | undefined; onChange: (entry: Entry) => void };

const CHOICE = "min-h-12 flex-1 rounded-xl border px-3 text-sm font-semibold whitespace-nowrap sm:flex-none";

/** One member's line: what is due, and what was paid; a cleared field says that nothing was entered. */
export function SheetLine({ line, entry, onChange }: LineProps) {
  const due = kobo(line.dueToday) + kobo(line.arrears);
  const paid = entry?.amount ?? null;
  const isAbsent = entry?.isAbsent ?? false;
  const [typed, setTyped] = useState(paid === null ? "" : shortAmount(paid));
  const isWrong = typed !== "" && typedKobo(typed) === null;
  // Handed in, so the line begins anew.
  if (paid === null && typed !== "" && !isWrong) setTyped("");

  function enter(value: Kobo | null, absent = false) {
    onChange({ amount: value, isAbsent: absent, key: entry?.key ?? crypto.randomUUID() });
  }

  function type(text: string) {
    setTyped(text);
    enter(typedKobo(text));
  }

  return (
    <li className="grid grid-cols-1 gap-3 rounded-2xl border border-line bg-card p-4">
      <div className="flex items-baseline justify-between gap-3">
        <span className="min-w-0 font-semibold break-words">{line.memberName}</span>
        <span className="text-sm whitespace-nowrap text-soft">{line.memberCode ?? line.loanNumber}</span>
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
        <span>{t("sheet.dueToday", { amount: naira(line.dueToday) })}</span>
        {kobo(line.arrears) > 0 && (
          <span className="font-medium text-bad">{t("sheet.arrears", { amount: naira(line.arrears) })}</span>
        )}
        {kobo(line.collected) > 0 && (
          <Badge tone="good">{t("sheet.collected", { amount: naira(line.collected) })}</Badge>
        )}
        {line.attendance === "ABSENT" && <Badge tone="warn">{t("sheet.wasAbsent")}</Badge>}
      </div>
      <div className="flex flex-wrap gap-2 sm:flex-nowrap">
        <input
          aria-label={t("sheet.paidBy", { name: line.memberName })}
          aria-invalid={isWrong}
          inputMode="decimal"
          autoComplete="off"
          placeholder={t("sheet.amount")}
          className={classes(
            "min-h-12 w-full min-w-0 rounded-xl border bg-page px-3 text-lg font-semibold tabular-nums placeholder:text-base placeholder:font-normal placeholder:text-soft",
            isWrong ? "border-bad" : "border-line",
          )}
          value={typed}
          onChange={event => type(event.target.value)}
        />
        {due > 0 && (
          <button
            type="button"
            aria-pressed={paid === due}
            className={classes(CHOICE, paid === due ? "border-brand bg-brand-soft text-brand" : "border-line")}
            onClick={() => type(shortAmount(due))}
          >
            {naira(due)}
          </button>
        )}
        <button
          type="button"
          aria-pressed={isAbsent}
          className={classes(CHOICE, isAbsent ? "border-warn bg-warn-soft text-warn" : "border-line")}
          onClick={() => {
            setTyped("");
            enter(null, !isAbsent);
          }}
        >
          {t("sheet.absent")}
        </button>
      </div>
      {isWrong && (
        <p role="alert" className="text-sm font-medium text-bad">
          {t("pay.noAmount")}
        </p>
      )}
    </li>
  );
}

/** An amount as one types it: without kobo where there are none. */
function shortAmount(value: Kobo): string {
  return amount(value).replace(/\.00$/, "");
}

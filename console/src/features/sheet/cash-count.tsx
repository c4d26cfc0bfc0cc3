import { naira } from "@/lib/money";
import { t } from "@/lib/text";
import type { Draft } from "@/offline/database";
import { Card } from "@/ui/card";
import { NOTES_AND_COINS } from "./hand-in";

type CashCountProps = { cash: Draft["cash"]; onChange: (cash: Draft["cash"]) => void };

const MOST = 100_000;

/** How many there are of each note and coin. */
export function CashCount({ cash, onChange }: CashCountProps) {
  function set(denomination: string, text: string) {
    const { [denomination]: _, ...others } = cash;
    const count = Number(text);
    const isCount = /^\d+$/.test(text) && count > 0 && count < MOST;
    onChange(isCount ? { ...others, [denomination]: count } : others);
  }
  return (
    <Card className="grid grid-cols-2 gap-3 sm:grid-cols-4">
      {NOTES_AND_COINS.map(denomination => (
        <label key={denomination} className="flex items-center gap-2">
          <span className="w-16 shrink-0 text-right font-medium tabular-nums">{naira(denomination)}</span>
          <span aria-hidden="true" className="text-soft">
            ×
          </span>
          <input
            aria-label={t("sheet.pieces", { denomination: naira(denomination) })}
            inputMode="numeric"
            autoComplete="off"
            className="min-h-11 w-full min-w-0 rounded-lg border border-line bg-page px-2 text-base tabular-nums"
            value={cash[denomination] ?? ""}
            onChange={event => set(denomination, event.target.value)}
          />
        </label>
      ))}
    </Card>
  );
}

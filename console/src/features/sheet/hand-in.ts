import { amount, type Kobo, kobo, sum } from "@/lib/money";
import type { Draft, Handed, Sheet } from "@/offline/database";

/** The notes and coins of the naira, the largest first. */
export const NOTES_AND_COINS = ["1000", "500", "200", "100", "50", "20", "10", "5", "2", "1", "0.50"] as const;

/** What so many notes and coins come to. */
export function counted(cash: Draft["cash"]): Kobo {
  return sum(Object.entries(cash).map(([denomination, count]) => kobo(denomination) * count));
}

type HandIn = { sheet: Sheet; staffId: string; entries: Draft["entries"]; cash: Draft["cash"] };

/** What is handed in: a line for each loan of which something was entered, under the key of that entry. */
export function handedOf({ sheet, staffId, entries, cash }: HandIn): Handed {
  const lines = sheet.lines.flatMap(line => {
    const entry = entries[line.loanId];
    if (!entry || (entry.amount === null && !entry.isAbsent)) return [];
    return [
      {
        loanId: line.loanId,
        amount: entry.amount === null ? null : amount(entry.amount),
        absent: entry.isAbsent,
        version: line.version,
        idempotencyKey: entry.key,
      },
    ];
  });
  const cashCount = Object.entries(cash)
    .filter(([, count]) => count > 0)
    .map(([denomination, count]) => ({ denomination, count }));
  return {
    id: crypto.randomUUID(),
    staffId,
    unionId: sheet.union.id,
    unionName: sheet.union.name ?? "",
    on: sheet.on,
    handedInAt: new Date().toISOString(),
    names: Object.fromEntries(sheet.lines.map(({ loanId, memberName }) => [loanId, memberName])),
    body: { unionId: sheet.union.id, on: sheet.on, cashHandedOver: amount(counted(cash)), cashCount, lines },
    state: { is: "waiting", tries: 0 },
  };
}

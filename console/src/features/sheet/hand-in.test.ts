import fc from "fast-check";
import { expect, test } from "vitest";
import { amount, kobo, sum } from "@/lib/money";
import type { Entry, Sheet } from "@/offline/database";
import { counted, handedOf, NOTES_AND_COINS } from "./hand-in";

function sheetOf(loans: string[]): Sheet {
  const lines = loans.map(loanId => ({ loanId, version: `v-${loanId}`, memberName: `Member ${loanId}` }));
  return { union: { id: "union", name: "Women" }, on: "2026-03-11", lines } as unknown as Sheet;
}

const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ amount: fc.option(fc.nat(100_000_000)), isAbsent: fc.constant(false), key: fc.uuid() }),
  fc.record({ amount: fc.constant(null), isAbsent: fc.constant(true), key: fc.uuid() }),
);

test("what was entered is handed in to the kobo, and nothing that was not", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 12 }), entered => {
      const entries = Object.fromEntries(entered.map((each, index) => [String(index), each]));
      const { body } = handedOf({ sheet: sheetOf([...entered.keys()].map(String)), staffId: "s", entries, cash: {} });
      const sent = Object.fromEntries(body.lines.map(line => [line.loanId, line]));
      for (const [loanId, { amount: value, isAbsent, key }] of Object.entries(entries)) {
        const expected = { amount: value === null ? null : amount(value), absent: isAbsent, idempotencyKey: key };
        if (value === null && !isAbsent) expect(sent[loanId]).toBeUndefined();
        else expect(sent[loanId]).toMatchObject(expected);
      }
    }),
  );
});

test("notes and coins come to what they are worth", () => {
  const some = fc.record(Object.fromEntries(NOTES_AND_COINS.map(each => [each, fc.nat(1000)])));
  fc.assert(
    fc.property(some, cash => {
      const worth = sum(NOTES_AND_COINS.map(each => kobo(each) * (cash[each] ?? 0)));
      expect(counted(cash)).toBe(worth);
      const { body } = handedOf({ sheet: sheetOf([]), staffId: "s", entries: {}, cash });
      expect(kobo(body.cashHandedOver)).toBe(worth);
    }),
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { shownLabels, ticks } from "./scale";

test("the lines of a chart are round, few, and hold all values", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1e11, max: 1e11 }), { minLength: 1 }), kobo => {
      const values = kobo.map(value => value / 100);
      const found = ticks(values);
      expect(found.length).toBeLessThanOrEqual(7);
      expect(found[0]).toBeLessThanOrEqual(Math.min(0, ...values));
      expect(found.at(-1)).toBeGreaterThanOrEqual(Math.max(0, ...values));
    }),
  );
});

test.each([
  [
    [0, 0],
    [0, 1],
  ],
  [[320_000], [0, 100_000, 200_000, 300_000, 400_000]],
  [
    [85.01, 12],
    [0, 25, 50, 75, 100],
  ],
])("%j is drawn over %j", (values, expected) => {
  expect(ticks(values)).toEqual(expected);
});

test("there are no more labels than there is room for", () => {
  expect(shownLabels(31, 5)).toEqual([0, 7, 14, 21, 28]);
  expect(shownLabels(3, 5)).toEqual([0, 1, 2]);
});

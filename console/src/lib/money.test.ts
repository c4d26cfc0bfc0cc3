import fc from "fast-check";
import { expect, test } from "vitest";
import { amount, kobo, naira, sum, typedKobo } from "./money";

const MOST = 99_999_999_999_999;
const anyKobo = fc.integer({ min: -MOST, max: MOST });

test("an amount survives the way to the API and back to the kobo", () => {
  fc.assert(
    fc.property(anyKobo, value => {
      expect(kobo(amount(value))).toBe(value);
    }),
  );
});

test("every amount is shown with all its digits", () => {
  fc.assert(
    fc.property(fc.nat(MOST), value => {
      const digits = naira(value).replace(/[₦,]/g, "");
      expect(kobo(digits)).toBe(value);
    }),
  );
});

test("sums are exact where fractions would not be", () => {
  expect(amount(sum([kobo("0.10"), kobo("0.20")]))).toBe("0.30");
});

test.each([
  ["1250", 125_000],
  ["1,250.5", 125_050],
  ["₦ 1,250.50", 125_050],
  ["0", 0],
  ["7.", 700],
])("%s is taken as it is meant", (typed, value) => {
  expect(typedKobo(typed)).toBe(value);
});

test.each(["", "-5", "1.234", "1e5", "five", "1.2.3", "١٢"])("%s is no amount", typed => {
  expect(typedKobo(typed)).toBeNull();
});

test.each([
  ["125000.00", "₦125,000"],
  ["0.50", "₦0.50"],
  ["-20.05", "−₦20.05"],
])("%s is shown as %s", (value, shown) => {
  expect(naira(value)).toBe(shown);
});

test("an amount is written as the locale has it, exact to the kobo", () => {
  expect(naira("-1250.50", "ha-NG").replace(/\s/g, "")).toBe("−₦1,250.50");
  expect(naira("999999999999.99", "fr-NG").replace(/\s/g, "")).toBe("999999999999,99₦");
  expect(naira("1250.00", "fr-NG").replace(/\s/g, "")).toBe("1250₦");
});

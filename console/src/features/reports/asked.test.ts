import { expect, test } from "vitest";
import { Problem } from "@/lib/problem";
import { askedOf, isTooLong, withoutDays } from "./asked";

test("a report is asked only for what it takes", () => {
  const address = { from: "2026-03-01", to: "2026-03-31", asOf: "2026-03-31", officerId: "o1", unionId: undefined };
  expect(askedOf(["period", "officerId", "unionId"], address)).toEqual({
    from: "2026-03-01",
    to: "2026-03-31",
    officerId: "o1",
  });
  expect(askedOf(["asOf"], address)).toEqual({ asOf: "2026-03-31" });
});

test("what is mailed has days of its own, and stays narrowed", () => {
  expect(withoutDays({ from: "2026-03-01", to: "2026-03-31", officerId: "o1" })).toEqual({ officerId: "o1" });
});

test("only what takes too long is made aside", () => {
  expect(isTooLong(new Problem(422, "", "report-takes-long"))).toBe(true);
  expect(isTooLong(new Problem(422, "", "idempotency-key-reused"))).toBe(false);
});

import { expect, test } from "vitest";
import { totalOf } from "./moves";

test("what moves is the sum over all unions, to the kobo", () => {
  const first = { totalMembers: 2, totalLoans: 3, activeLoans: 1, totalOutstanding: 0.1 };
  const second = { totalMembers: 5, totalLoans: 4, activeLoans: 4, totalOutstanding: 0.2 };
  expect(totalOf([first, second])).toEqual({ members: 7, loans: 7, running: 5, outstanding: 30 });
});

test("with no union nothing moves", () => {
  expect(totalOf([])).toEqual({ members: 0, loans: 0, running: 0, outstanding: 0 });
});

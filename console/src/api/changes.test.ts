import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Change, concerns, Refresher } from "./changes";

const PAID: Change = { kind: "loan", id: "l1", how: "repayment.recorded", unionId: "u1" };

test.each([
  ["the loan", ["/api/loans/{loan_id}", { loan_id: "l1" }, null], true],
  ["another loan", ["/api/loans/{loan_id}", { loan_id: "l2" }, null], false],
  ["lists of loans", ["/api/loans", null, { page: 2 }], true],
  ["its union's sums", ["/api/unions/{union_id}/stats", { union_id: "u1" }, null], true],
  ["another union's sums", ["/api/unions/{union_id}/stats", { union_id: "u2" }, null], false],
  ["the day", ["/api/repayments/officer-day", null, null], true],
  ["reports", ["/api/reports/{name}", { name: "collected" }, null], true],
  ["the catalogue of reports", ["/api/reports/catalogue", null, null], false],
  ["a preview", ["/api/loans/schedule-preview", {}], false],
  ["the member's file", ["/api/union-members/{member_id}", { member_id: "m1" }, null], false],
  ["how the member pays", ["/api/union-members/{member_id}/record", { member_id: "m1" }, null], true],
  ["who is signed in", ["me"], false],
])("after a payment %s is asked for anew: %s", (_, key, isAsked) => {
  expect(concerns(PAID, key)).toBe(isAsked);
});

test("a change of a kind that nobody knows concerns nothing", () => {
  expect(concerns({ ...PAID, kind: "weather" }, ["/api/loans", null, null])).toBe(false);
});

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("many changes that come together are one asking, and the next waits a while", () => {
  const queries = new QueryClient();
  const invalidate = vi.spyOn(queries, "invalidateQueries");
  const refresher = new Refresher(queries);
  for (let number = 0; number < 50; number++) refresher.change(PAID);
  vi.advanceTimersByTime(400);
  expect(invalidate).toHaveBeenCalledTimes(1);
  refresher.change(PAID);
  vi.advanceTimersByTime(3_000);
  expect(invalidate).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(2_000);
  expect(invalidate).toHaveBeenCalledTimes(2);
});

test("of what anything may have changed, only that is doubted which was read before", () => {
  const queries = new QueryClient();
  const refresher = new Refresher(queries);
  queries.setQueryData(["/api/loans"], 1, { updatedAt: Date.now() - 1_000 });
  queries.setQueryData(["/api/unions"], 1, { updatedAt: Date.now() + 1_000 });
  refresher.all();
  vi.advanceTimersByTime(400);
  expect(queries.getQueryState(["/api/loans"])?.isInvalidated).toBe(true);
  expect(queries.getQueryState(["/api/unions"])?.isInvalidated).toBe(false);
});

import { expect, test } from "vitest";
import { dayOf, daysBetween, shownDay, shownMoment } from "./days";

test("the day of the company begins an hour before that of UTC", () => {
  expect(dayOf(new Date("2026-03-10T23:00:00Z"))).toBe("2026-03-11");
  expect(dayOf(new Date("2026-03-10T22:59:59Z"))).toBe("2026-03-10");
});

test("a day that travels as midnight UTC is that day, wherever the phone is", () => {
  expect(shownDay("2026-03-11T00:00:00.000Z")).toBe("11 Mar 2026");
  expect(shownDay("2026-03-11")).toBe("11 Mar 2026");
});

test("a moment is shown on the clock of the company", () => {
  expect(shownMoment("2026-03-11T12:05:00.000Z")).toBe("11 Mar 2026, 13:05");
});

test("a day has gone by at midnight in Lagos, and not a day's hours later", () => {
  expect(daysBetween("2026-03-10T22:59:00.000Z", new Date("2026-03-10T23:00:00Z"))).toBe(1);
  expect(daysBetween("2026-03-10T23:00:00.000Z", new Date("2026-03-11T22:59:00Z"))).toBe(0);
});

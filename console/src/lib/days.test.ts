import fc from "fast-check";
import { expect, test } from "vitest";
import { dayOf, daysBetween, shownDay, shownLongDay, shownMoment, weekday } from "./days";

test("the day of the company begins an hour before that of UTC", () => {
  expect(dayOf(new Date("2026-03-10T23:00:00Z"))).toBe("2026-03-11");
  expect(dayOf(new Date("2026-03-10T22:59:59Z"))).toBe("2026-03-10");
});

test("the day of the company is that of its zone", () => {
  const zone = new Intl.DateTimeFormat("en-CA", { timeZone: "Africa/Lagos" });
  const moments = fc.date({ min: new Date("1990-01-01"), max: new Date("2090-01-01"), noInvalidDate: true });
  fc.assert(fc.property(moments, moment => dayOf(moment) === zone.format(moment)));
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

test("days are written in the language of the texts", () => {
  expect(shownLongDay("2026-03-11")).toBe("Wednesday, 11 March");
  expect(shownLongDay("2026-03-11", "ha-NG")).toContain("Laraba");
  expect(shownDay("2026-03-11", "fr-NG")).toBe("11 mars 2026");
  expect(shownMoment("2026-03-11T12:05:00.000Z", "fr-NG")).toMatch(/^11 mars 2026.*13:05$/);
});

test("the first day of a week is Monday, the seventh Sunday", () => {
  expect([weekday(1), weekday(7)]).toEqual(["Monday", "Sunday"]);
});

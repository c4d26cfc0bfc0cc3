import { byLocale } from "./locale";

/** Days of the company are days in Lagos, whatever the phone says; they travel as midnight UTC. */
const ZONE = "Africa/Lagos";
const DAY_MS = 86_400_000;
const DAY = byLocale(
  locale => new Intl.DateTimeFormat(locale, { timeZone: "UTC", day: "numeric", month: "short", year: "numeric" }),
);
const LONG_DAY = byLocale(
  locale => new Intl.DateTimeFormat(locale, { timeZone: "UTC", weekday: "long", day: "numeric", month: "long" }),
);
const MOMENT = byLocale(
  locale =>
    new Intl.DateTimeFormat(locale, {
      timeZone: ZONE,
      day: "numeric",
      month: "short",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    }),
);
const WEEKDAY = byLocale(locale => new Intl.DateTimeFormat(locale, { timeZone: "UTC", weekday: "long" }));
const MONDAY = Date.UTC(2024, 0, 1);
// Nigeria has one hour more than UTC all year round. A format of the zone says the same, and takes a cheap phone a tenth
// of a second to make while somebody waits for the first page.
const AHEAD_MS = 3_600_000;

/** The day of the company at a moment, as "2026-03-11". */
export function dayOf(moment: Date): string {
  return new Date(moment.getTime() + AHEAD_MS).toISOString().slice(0, 10);
}

/** A day, or the day of a timestamp that means one, for people: "11 Mar 2026". */
export function shownDay(day: string, locale?: string): string {
  return DAY(locale).format(new Date(`${day.slice(0, 10)}T00:00:00Z`));
}

/** "Wednesday, 11 March". */
export function shownLongDay(day: string, locale?: string): string {
  return LONG_DAY(locale).format(new Date(`${day.slice(0, 10)}T00:00:00Z`));
}

/** The name of a day of the week; the first is Monday. */
export function weekday(day: number, locale?: string): string {
  return WEEKDAY(locale).format(new Date(MONDAY + (day - 1) * DAY_MS));
}

/** A moment for people, on the clock of the company. */
export function shownMoment(moment: string, locale?: string): string {
  return MOMENT(locale).format(new Date(moment));
}

/** How many days of the company lie between a moment and another one. */
export function daysBetween(from: string, to: Date): number {
  const [first, last] = [dayOf(new Date(from)), dayOf(to)].map(day => Date.parse(`${day}T00:00:00Z`));
  return ((last ?? 0) - (first ?? 0)) / DAY_MS;
}

/** The day so many days later, or earlier: "2026-03-11". */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

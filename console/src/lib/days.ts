/** Days of the company are days in Lagos, whatever the phone says; they travel as midnight UTC. */
const ZONE = "Africa/Lagos";
const DAY_MS = 86_400_000;
const DAY = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "short", year: "numeric" });
const LONG_DAY = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", weekday: "long", day: "numeric", month: "long" });
const MOMENT = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE,
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});
const TODAY = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE });

/** The day of the company at a moment, as "2026-03-11". */
export function dayOf(moment: Date): string {
  return TODAY.format(moment);
}

/** A day, or the day of a timestamp that means one, for people: "11 Mar 2026". */
export function shownDay(day: string): string {
  return DAY.format(new Date(`${day.slice(0, 10)}T00:00:00Z`));
}

/** "Wednesday, 11 March". */
export function shownLongDay(day: string): string {
  return LONG_DAY.format(new Date(`${day.slice(0, 10)}T00:00:00Z`));
}

/** A moment for people, on the clock of the company. */
export function shownMoment(moment: string): string {
  return MOMENT.format(new Date(moment));
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

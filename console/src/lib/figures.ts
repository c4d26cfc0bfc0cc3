import { shownDay, shownMoment } from "./days";
import { byLocale } from "./locale";
import { naira } from "./money";

/** What the figures of reports are, as the API says it. */
export type Kind = "text" | "day" | "moment" | "amount" | "count" | "percent";

const COUNT = byLocale(locale => new Intl.NumberFormat(locale));

/** A figure of a report for people; nothing where there is none. */
export function shownFigure(kind: string, value: unknown): string {
  if (value === null || value === undefined) return "";
  if (kind === "amount") return naira(Number(value).toFixed(2));
  if (kind === "percent") return `${COUNT().format(Number(value))} %`;
  if (kind === "count") return COUNT().format(Number(value));
  if (kind === "day") return shownDay(String(value));
  if (kind === "moment") return shownMoment(String(value));
  return String(value);
}

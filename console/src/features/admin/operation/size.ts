import { LOCALE } from "@/lib/locale";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
const STEP = 1000;

/** So many bytes for people: "1.2 MB". */
export function shownSize(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(STEP)));
  const unit = UNITS[power] ?? "byte";
  const format = new Intl.NumberFormat(LOCALE, { style: "unit", unit, maximumFractionDigits: 1 });
  return format.format(bytes / STEP ** power);
}

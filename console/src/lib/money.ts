import { byLocale } from "./locale";

/** Amounts travel as decimal strings; here they are counted in kobo, as whole numbers, and never as fractions. */
export type Kobo = number;

const AMOUNT = /^(-?)(\d{1,12})(?:\.(\d{1,2}))?$/;

/** The kobo of an amount of the API. Throws on what is no amount, which would be a fault of ours. */
export function kobo(amount: string | number): Kobo {
  const text = typeof amount === "number" ? amount.toFixed(2) : amount;
  const found = AMOUNT.exec(text);
  if (!found) throw new Error(`No amount: ${text}`);
  const [, sign, naira, rest = ""] = found;
  const value = Number(naira) * 100 + Number(rest.padEnd(2, "0"));
  return sign && value ? -value : value;
}

/** The amount of so many kobo, as the API wants it: "1250.00". */
export function amount(value: Kobo): string {
  const digits = String(Math.abs(value)).padStart(3, "0");
  return `${value < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** What somebody typed into a field for money, in kobo; null where it is no amount. Commas and spaces are ignored. */
export function typedKobo(text: string): Kobo | null {
  const plain = text.replace(/[,\s₦]/g, "").replace(/\.$/, "");
  return AMOUNT.test(plain) && !plain.startsWith("-") ? kobo(plain) : null;
}

export function sum(values: Iterable<Kobo>): Kobo {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

const NAIRA = byLocale(
  locale => new Intl.NumberFormat(locale, { style: "currency", currency: "NGN", currencyDisplay: "narrowSymbol" }),
);

/** An amount as people read it: "₦1,250" or "₦1,250.50". Never shortened to thousands or millions, and exact to the
 * kobo, for what is formatted are its digits. */
export function naira(value: Kobo | string | number, locale?: string): string {
  const total = typeof value === "string" ? kobo(value) : value;
  const parts = NAIRA(locale).formatToParts(amount(total) as Intl.StringNumericLiteral);
  const isWhole = total % 100 === 0;
  const shown = parts.filter(({ type }) => !(isWhole && (type === "decimal" || type === "fraction")));
  return shown.map(({ type, value }) => (type === "minusSign" ? "−" : value)).join("");
}

import { Problem } from "@/lib/problem";

/** What a report may be asked for in the address. */
export const FILTERS = ["from", "to", "asOf", "officerId", "supervisorId", "unionId", "loanTypeId"] as const;
export type Filters = { [F in (typeof FILTERS)[number]]?: string | undefined };

const PERIOD = "period";
const TOO_LONG = new Set(["report-takes-long", "too-many-rows"]);

/** What of the address a report takes: anything else it would refuse. */
export function askedOf(parameters: readonly string[], filters: Filters): Record<string, string> {
  const taken = FILTERS.filter(name => parameters.includes(name === "from" || name === "to" ? PERIOD : name));
  return Object.fromEntries(taken.flatMap(name => (filters[name] ? [[name, filters[name]]] : [])));
}

/** What a report is narrowed to apart from its days. */
export function withoutDays({ from, to, asOf, ...others }: Record<string, string>): Record<string, string> {
  return others;
}

/** Whether a report has to be made aside: it takes longer than anybody waits, or its file is longer. */
export function isTooLong(error: unknown): boolean {
  return error instanceof Problem && TOO_LONG.has(error.code);
}

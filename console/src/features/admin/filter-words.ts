const WORDS = [
  "q",
  "role",
  "active",
  "result",
  "user",
  "entity",
  "action",
  "category",
  "status",
  "from",
  "to",
  "order",
] as const;
export type FilterName = (typeof WORDS)[number];

/** What of the address narrows a list of the administration, and which page of it is shown. */
export type Filters = Partial<Record<FilterName, string | undefined>> & { page?: number | undefined };

/** The filters in an address. What is not named here is left as it came. */
export function filtersOf(search: Record<string, unknown>): Filters {
  const page = Number(search.page);
  const words = WORDS.map(name => [name, search[name] === undefined || search[name] === "" ? undefined : search[name]]);
  const given = words.map(([name, value]) => [name, value === undefined ? undefined : String(value)]);
  return { ...Object.fromEntries(given), page: Number.isInteger(page) && page > 1 ? page : undefined };
}

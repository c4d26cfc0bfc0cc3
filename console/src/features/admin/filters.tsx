import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { t } from "@/lib/text";
import { SelectField, TextField } from "@/ui/field";
import { Pager } from "@/ui/list";
import { SearchBox } from "@/ui/search-box";
import type { FilterName, Filters } from "./filter-words";

/** The filters of the page's address, and how to change some of them; another filter leads back to the first page. */
export function useFilters(): [Filters, (changes: Filters) => void] {
  const search: Filters = useSearch({ strict: false });
  const navigate = useNavigate();
  const change = useCallback(
    (changes: Filters) => {
      const isPage = "page" in changes;
      void navigate({ to: ".", search: old => ({ ...old, page: undefined, ...changes }), replace: !isPage });
    },
    [navigate],
  );
  return [search, change];
}

/** What a list can be narrowed by, above it. */
export function FilterBar({ label, children }: { label: string; children?: React.ReactNode }) {
  const [{ q }, change] = useFilters();
  const look = useCallback((words: string) => change({ q: words || undefined }), [change]);
  return (
    <div className="grid grid-cols-2 items-end gap-3 lg:grid-cols-4">
      <div className="col-span-2">
        <SearchBox label={label} value={q ?? ""} onChange={look} />
      </div>
      {children}
    </div>
  );
}

type ChoiceProps = { name: FilterName; label: string; choices: readonly (readonly [string, string])[] };

/** A filter that is one of a few, or none of them. */
export function ChoiceFilter({ name, label, choices }: ChoiceProps) {
  const [filters, change] = useFilters();
  return (
    <SelectField
      label={label}
      value={filters[name] ?? ""}
      onChange={event => change({ [name]: event.target.value || undefined })}
    >
      <option value="">{t("admin.all")}</option>
      {choices.map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </SelectField>
  );
}

/** The orders that a list has, with their words; the first is the one that nobody has to ask for. */
type Orders<O extends string> = readonly [readonly [O, string], ...(readonly (readonly [O, string])[])];

/** What of a list comes first. */
export function SortChoice<O extends string>({ orders }: { orders: Orders<O> }) {
  const [order, onOrder] = useOrder(orders);
  return (
    <SelectField label={t("admin.order")} value={order} onChange={({ target }) => onOrder(target.value)}>
      {orders.map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </SelectField>
  );
}

/** The order of the address if it is one of these, else the first of them; and what sets another one. */
export function useOrder<O extends string>(orders: Orders<O>): [O, (order: string) => void] {
  const [{ order }, change] = useFilters();
  const [[first]] = orders;
  const [known] = orders.find(([each]) => each === order) ?? [first];
  return [known, chosen => change({ order: chosen === first ? undefined : chosen })];
}

/** A filter that is a day. */
export function DayFilter({ name, label }: { name: "from" | "to"; label: string }) {
  const [filters, change] = useFilters();
  return (
    <TextField
      label={label}
      type="date"
      value={filters[name] ?? ""}
      onChange={event => change({ [name]: event.target.value || undefined })}
    />
  );
}

/** Below a list that the server parts into pages. */
export function FilterPager({ pagination }: { pagination: { totalPages: number; total: number } }) {
  const [{ page = 1 }, change] = useFilters();
  return (
    <Pager page={page} pages={pagination.totalPages} total={pagination.total} onPage={to => change({ page: to })} />
  );
}

/** Links to a list as files: what is narrowed on the page is narrowed in the file. */
export function Downloads({ path, query, kinds = ["csv", "xlsx", "pdf"] }: DownloadsProps) {
  return (
    <p className="flex flex-wrap items-center gap-x-5 gap-y-1">
      <span className="text-sm text-soft">{t("admin.download")}</span>
      {kinds.map(format => (
        <a
          key={format}
          download
          href={addressOf(path, { ...query, format })}
          className="inline-flex min-h-11 items-center font-semibold text-brand underline-offset-4 hover:underline"
        >
          {format.toUpperCase()}
        </a>
      ))}
    </p>
  );
}

type DownloadsProps = { path: string; query: Record<string, string | boolean | undefined>; kinds?: readonly string[] };

function addressOf(path: string, query: DownloadsProps["query"]): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return `${path}?${search}`;
}

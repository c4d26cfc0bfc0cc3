import type { ReactNode } from "react";
import { classes } from "@/lib/classes";
import { Icon } from "./icon";

export type Column<R> = {
  name: string;
  cell: (row: R) => ReactNode;
  /** For amounts and numbers. */
  right?: boolean;
  /** Only where there is much room. */
  roomy?: boolean;
  /** For words that may be longer than there is room, such as addresses of mail. */
  long?: boolean;
  /** The orders that the server has by this column, and which of them is the first that is meant. */
  orders?: { up: string; down: string; first?: "up" | "down" };
};

/** What the rows are sorted by, and what has them sorted by something else. */
type Sorting = { order: string; onOrder: (order: string) => void };
type TableProps<R> = { label: string; columns: readonly Column<R>[]; rows: readonly R[]; sorting?: Sorting };

/** Rows with the same few facts each: a table, or on phones one below the other with the names of the facts.
 *
 * What a row is called by stands in the first column. */
export function Table<R extends { id: string }>({ label, columns, rows, sorting }: TableProps<R>) {
  return (
    <div className="rounded-2xl border border-line bg-card">
      <table aria-label={label} className="block w-full border-collapse text-left md:table">
        <thead className="sr-only border-b border-line md:not-sr-only md:table-header-group">
          <tr>
            {columns.map(({ name, right, roomy, orders }) => (
              <th
                key={name}
                scope="col"
                aria-sort={orders && sorting ? directionOf(orders, sorting.order) : undefined}
                className={classes(
                  "px-4 py-3 text-sm font-medium text-soft",
                  right && "text-right",
                  roomy && "md:hidden xl:table-cell",
                )}
              >
                {orders && sorting ? <SortButton name={name} orders={orders} sorting={sorting} /> : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="block divide-y divide-line md:table-row-group">
          {rows.map(row => (
            <tr key={row.id} className="grid gap-1 px-4 py-3 md:table-row md:align-top">
              {columns.map(({ name, cell, right, roomy, long }, column) => (
                <td
                  key={name}
                  data-name={name}
                  className={classes(
                    "min-w-0 empty:hidden md:px-4 md:py-3 md:before:content-none",
                    column > 0 &&
                      "flex justify-between gap-4 text-right text-sm before:shrink-0 before:text-soft before:content-[attr(data-name)] md:text-base",
                    column > 0 && !right && "md:text-left",
                    column === 0 && "font-medium",
                    right && "tabular-nums",
                    roomy ? "md:hidden xl:table-cell xl:empty:table-cell" : "md:table-cell md:empty:table-cell",
                    long ? "wrap-anywhere" : "wrap-anywhere md:wrap-break-word",
                  )}
                >
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type Orders = NonNullable<Column<unknown>["orders"]>;

function directionOf({ up, down }: Orders, order: string): "ascending" | "descending" | "none" {
  if (order === up) return "ascending";
  return order === down ? "descending" : "none";
}

/** The name of a column, which sorts by it, and the other way round when it does already. On a phone, where there is no
 * head to be seen, it is the name alone. */
function SortButton({ name, orders, sorting }: { name: string; orders: Orders; sorting: Sorting }) {
  const direction = directionOf(orders, sorting.order);
  const next = direction === "none" ? (orders.first ?? "up") : direction === "ascending" ? "down" : "up";
  return (
    <>
      <span className="md:hidden">{name}</span>
      <button
        type="button"
        className="-mx-2 -my-2 hidden min-h-11 items-center gap-1 rounded-lg px-2 font-medium hover:text-ink md:inline-flex"
        onClick={() => sorting.onOrder(orders[next])}
      >
        {name}
        <Icon
          name="next"
          className={classes(
            "size-4 transition-transform",
            direction === "none" && "invisible",
            direction === "ascending" ? "-rotate-90" : "rotate-90",
          )}
        />
      </button>
    </>
  );
}

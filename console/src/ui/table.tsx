import type { ReactNode } from "react";
import { classes } from "@/lib/classes";

export type Column<R> = {
  name: string;
  cell: (row: R) => ReactNode;
  /** For amounts and numbers. */
  right?: boolean;
  /** Only where there is much room. */
  roomy?: boolean;
  /** For words that may be longer than there is room, such as addresses of mail. */
  long?: boolean;
};

type TableProps<R> = { label: string; columns: readonly Column<R>[]; rows: readonly R[] };

/** Rows with the same few facts each: a table, or on phones one below the other with the names of the facts.
 *
 * What a row is called by stands in the first column. */
export function Table<R extends { id: string }>({ label, columns, rows }: TableProps<R>) {
  return (
    <div className="rounded-2xl border border-line bg-card">
      <table aria-label={label} className="block w-full border-collapse text-left md:table">
        <thead className="sr-only border-b border-line md:not-sr-only md:table-header-group">
          <tr>
            {columns.map(({ name, right, roomy }) => (
              <th
                key={name}
                scope="col"
                className={classes(
                  "px-4 py-3 text-sm font-medium text-soft",
                  right && "text-right",
                  roomy && "md:hidden xl:table-cell",
                )}
              >
                {name}
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
                    long ? "wrap-anywhere" : "break-words",
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

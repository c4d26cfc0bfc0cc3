import { Link, useRouteContext } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Data } from "@/api/types";
import { classes } from "@/lib/classes";
import { shownFigure } from "@/lib/figures";
import { t, tOf } from "@/lib/text";

type Report = Data<"/api/reports/{name}", "get">;
type ReportColumn = Report["columns"][number];
type Row = Report["rows"][number];

const LINK = "text-brand underline underline-offset-4";
const isNumber = ({ kind }: ReportColumn) => kind === "amount" || kind === "count" || kind === "percent";

/** The rows of a report, with the totals of all of them, also of those on other pages: a table that moves sideways where
 * it is wide, or on a phone the totals and then each row as a few lines. */
export function Rows({ title, report: { columns, rows, totals } }: { title: string; report: Report }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse moves it sideways by the arrow keys
    <section tabIndex={0} aria-label={title} className="overflow-x-auto rounded-2xl border border-line bg-card">
      <table className="flex w-full flex-col border-collapse text-left md:table">
        <thead className="sr-only border-b border-line md:not-sr-only md:table-header-group">
          <tr>
            {columns.map(column => (
              <th
                key={column.name}
                scope="col"
                className={classes(
                  "px-4 py-3 align-bottom text-sm font-medium text-soft md:min-w-28",
                  isNumber(column) && "text-right",
                )}
              >
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="block divide-y divide-line md:table-row-group">
          {rows.map((row, number) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a report have no id; a page is shown as it came
            <Line key={number} columns={columns} cells={column => <Cell column={column} row={row} />} />
          ))}
        </tbody>
        {totals && (
          <tfoot className="order-first block border-b-2 border-line font-semibold md:table-footer-group md:border-t-2 md:border-b-0">
            <Line
              columns={columns}
              cells={(column, place) =>
                totals[column.name] === undefined && place === 0
                  ? t("reports.inAll")
                  : shownFigure(column.kind, totals[column.name])
              }
            />
          </tfoot>
        )}
      </table>
    </section>
  );
}

type LineProps = { columns: readonly ReportColumn[]; cells: (column: ReportColumn, place: number) => ReactNode };

function Line({ columns, cells }: LineProps) {
  return (
    <tr className="grid gap-1 px-4 py-3 md:table-row">
      {columns.map((column, place) => (
        <td
          key={column.name}
          data-name={column.title}
          className={classes(
            "min-w-0 break-words empty:hidden md:table-cell md:px-4 md:py-3 md:before:content-none md:empty:table-cell",
            place === 0
              ? "font-medium"
              : "flex justify-between gap-4 text-right text-sm before:shrink-0 before:text-soft before:content-[attr(data-name)] md:text-base",
            isNumber(column) ? "tabular-nums md:text-right" : "md:text-left",
            column.kind === "text" ? "md:min-w-40" : "md:whitespace-nowrap",
          )}
        >
          {cells(column, place)}
        </td>
      ))}
    </tr>
  );
}

/** A figure; what names a loan, a member, a union or an officer leads there. */
function Cell({ column: { name, kind }, row }: { column: ReportColumn; row: Row }) {
  const { me } = useRouteContext({ from: "/signed-in" });
  const shown = name === "status" ? tOf("loan.status", String(row[name])) : shownFigure(kind, row[name]);
  const id = row[`${name}Id`];
  if (!shown || typeof id !== "string") return shown;
  switch (name) {
    case "loan":
      return (
        <Link to="/loans/$loanId" params={{ loanId: id }} className={LINK}>
          {shown}
        </Link>
      );
    case "member":
      return (
        <Link to="/members/$memberId" params={{ memberId: id }} className={LINK}>
          {shown}
        </Link>
      );
    case "union":
      return (
        <Link to="/unions/$unionId" params={{ unionId: id }} className={LINK}>
          {shown}
        </Link>
      );
    case "officer":
      return me.role === "CREDIT_OFFICER" ? (
        shown
      ) : (
        <Link to="/team/$officerId" params={{ officerId: id }} className={LINK}>
          {shown}
        </Link>
      );
    default:
      return shown;
  }
}

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { reading } from "@/api/queries";
import type { Answer } from "@/api/types";
import { shownDay, shownMoment } from "@/lib/days";
import { given } from "@/lib/given";
import { t } from "@/lib/text";
import { Card, Section } from "@/ui/card";
import { Empty } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { DayFilter, useFilters } from "../filters";

type Activity = Answer<"/api/reports/activity", "get">;
type Row = Activity["byOfficer"][number] & { id: string };
const SHOWN = 4;

const columns = (): readonly Column<Row>[] => [
  {
    name: t("member.officer"),
    cell: row => (
      <Link
        to="/admin/audit"
        search={{ user: row.officerId }}
        className="-my-2 inline-flex min-h-11 items-center text-brand underline-offset-4 hover:underline"
      >
        {row.officerName}
      </Link>
    ),
  },
  { name: t("admin.activity.total"), cell: ({ counts }) => String(totalOf(counts)), right: true },
  { name: t("admin.activity.most"), cell: ({ counts }) => mostOf(counts), long: true },
  {
    name: t("admin.activity.last"),
    cell: ({ lastActionAt }) => lastActionAt && shownMoment(lastActionAt),
    roomy: true,
  },
];

function totalOf(counts: Row["counts"]): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function mostOf(counts: Row["counts"]): string {
  const most = Object.entries(counts).sort(([, one], [, other]) => other - one);
  return most
    .slice(0, SHOWN)
    .map(([action, count]) => `${action} ${count}`)
    .join(" · ");
}

/** What officers did in a span of days: by officer, and by day. */
export function ActivityPage() {
  const [{ from, to }] = useFilters();
  const query = useQuery(reading("/api/reports/activity", { query: given({ from, to }) }));
  return (
    <Page title={t("admin.activity.title")} onBack={() => history.back()} wide>
      <div className="grid max-w-md grid-cols-2 gap-3">
        <DayFilter name="from" label={t("admin.from")} />
        <DayFilter name="to" label={t("admin.to")} />
      </div>
      <Loaded query={query} lines={4}>
        {({ byOfficer, daily }) => (
          <>
            <Section title={t("admin.activity.byOfficer")}>
              {byOfficer.length === 0 && <Empty>{t("list.nothingFound")}</Empty>}
              {byOfficer.length > 0 && (
                <Table
                  label={t("admin.activity.byOfficer")}
                  columns={columns()}
                  rows={byOfficer.map(row => ({ ...row, id: row.officerId }))}
                />
              )}
            </Section>
            <Days days={daily} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** How much was done each day, as bars that can be read one by one. */
function Days({ days }: { days: Activity["daily"] }) {
  const most = Math.max(1, ...days.map(({ total }) => total));
  return (
    <Section title={t("admin.activity.daily")}>
      <Card>
        <ul className="grid gap-1">
          {days.map(({ date, total }) => (
            <li key={date} className="grid grid-cols-[6.5rem_1fr_3rem] items-center gap-3 text-sm">
              <span className="text-soft">{shownDay(date)}</span>
              <span className="h-2 rounded-full bg-brand" style={{ width: `${(100 * total) / most}%` }} />
              <span className="text-right tabular-nums">{total}</span>
            </li>
          ))}
        </ul>
      </Card>
    </Section>
  );
}

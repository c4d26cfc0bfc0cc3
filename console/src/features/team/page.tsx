import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { addDays, shownLongDay } from "@/lib/days";
import { shownFigure } from "@/lib/figures";
import { kobo, naira } from "@/lib/money";
import { t } from "@/lib/text";
import { Badge, Section } from "@/ui/card";
import { Chart } from "@/ui/chart";
import { Empty } from "@/ui/list";
import { Loaded, LoadedPage } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { Portfolio, portfolioAtRisk } from "./portfolio";
import { Today } from "./today";

type TeamDay = Data<"/api/repayments/team-day", "get">;
type Officer = TeamDay["officers"][number] & { id: string; par30: number | undefined };

const CHART_DAYS = 14;

/** How far the team is today, how safe its portfolio is, and each officer beside the others. */
export function TeamPage() {
  const query = useQuery(reading("/api/repayments/team-day"));
  return (
    <LoadedPage query={query}>
      {({ data }) => (
        <Page wide title={t("team.title")} below={shownLongDay(data.on)}>
          <div className="grid grid-cols-1 gap-6 lg:grid-cols-2">
            <Today totals={data.totals} />
            <Portfolio />
          </div>
          <Officers day={data} />
          <Collections on={data.on} />
        </Page>
      )}
    </LoadedPage>
  );
}

/** The officers, those first who have sheets to hand in. */
function Officers({ day }: { day: TeamDay }) {
  const { data: risk } = useQuery(portfolioAtRisk());
  const pars = new Map(risk?.data.rows.map(row => [String(row.officerId), Number(row.par30)]));
  const officers = day.officers
    .map(each => ({ ...each, id: each.officerId, par30: pars.get(each.officerId) }))
    .sort((one, other) => other.totals.toHandIn - one.totals.toHandIn);
  const late = officers.filter(each => each.totals.toHandIn > 0).length;
  return (
    <Section
      title={t("team.officers")}
      aside={late > 0 && <Badge tone="warn">{t("team.late", { count: late })}</Badge>}
    >
      {officers.length === 0 ? (
        <Empty>{t("team.nobody")}</Empty>
      ) : (
        <Table label={t("team.officers")} columns={columns()} rows={officers} />
      )}
    </Section>
  );
}

// Made when they are shown: the texts of this part come with the page.
const columns = (): Column<Officer>[] => [
  {
    name: t("filter.officer"),
    cell: ({ officerId, officerName }) => (
      <Link to="/team/$officerId" params={{ officerId }} className="text-brand underline underline-offset-4">
        {officerName}
      </Link>
    ),
  },
  { name: t("team.sheets"), cell: ({ totals }) => <Sheets totals={totals} /> },
  { name: t("team.collected"), cell: ({ totals }) => naira(totals.collected), right: true },
  { name: t("team.stillDue"), cell: ({ totals }) => naira(totals.dueToday), right: true, roomy: true },
  {
    name: t("loan.arrears"),
    cell: ({ totals }) => (
      <span className={kobo(totals.arrears) ? "text-bad" : undefined}>{naira(totals.arrears)}</span>
    ),
    right: true,
  },
  { name: t("team.par30"), cell: ({ par30 }) => shownFigure("percent", par30), right: true },
];

/** How many sheets of the day were handed in, and how many are missing. */
function Sheets({ totals }: { totals: Officer["totals"] }) {
  if (totals.toHandIn > 0) return <Badge tone="warn">{t("team.toHandIn", { count: totals.toHandIn })}</Badge>;
  if (totals.meeting === 0 && totals.handedIn === 0) return <span className="text-soft">{t("team.noMeeting")}</span>;
  return <Badge tone="good">{t("team.allHandedIn")}</Badge>;
}

/** What was expected and what came in, day by day, until today. */
function Collections({ on }: { on: string }) {
  const period = { from: addDays(on, 1 - CHART_DAYS), to: on };
  const query = useQuery(
    reading("/api/reports/{name}", { path: { name: "collections-by-day" }, query: { ...period, limit: 1 } }),
  );
  return (
    <Section
      title={t("team.collections", { days: CHART_DAYS })}
      aside={
        <Link
          to="/reports/$name"
          params={{ name: "collections-by-day" }}
          search={period}
          className="whitespace-nowrap text-brand underline underline-offset-4"
        >
          {t("team.report")}
        </Link>
      }
    >
      <Loaded query={query} lines={3}>
        {({ data }) =>
          data.series && <Chart title={data.definition.title} labels={data.series.labels} lines={data.series.series} />
        }
      </Loaded>
    </Section>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useRouter } from "@tanstack/react-router";
import { officersQuery } from "@/api/officers";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { shownLongDay } from "@/lib/days";
import { shownFigure } from "@/lib/figures";
import { kobo, naira } from "@/lib/money";
import { t } from "@/lib/text";
import { Badge, Section } from "@/ui/card";
import { Empty, LINE, LineContent, List } from "@/ui/list";
import { Loaded, LoadedPage } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Portfolio } from "./portfolio";
import { Today } from "./today";

type Union = Data<"/api/repayments/officer-day", "get">["unions"][number];

const SHOWN = 10;

/** An officer of the team: their day, their portfolio, their unions, and who of their members is late. */
export function OfficerPage() {
  const { officerId } = useParams({ from: "/signed-in/team/$officerId" });
  const router = useRouter();
  const officers = useQuery(officersQuery);
  const team = useQuery(reading("/api/repayments/team-day", { query: { officerId } }));
  const name = officers.data?.find(each => each.id === officerId)?.name;
  return (
    <LoadedPage query={team}>
      {({ data }) => (
        <Page
          wide
          title={data.officers[0]?.officerName ?? name ?? t("team.absent")}
          below={shownLongDay(data.on)}
          onBack={() => router.history.back()}
        >
          <div className="grid grid-cols-1 gap-6 lg:grid-cols-2">
            <Today totals={data.totals} />
            <Portfolio officerId={officerId} />
          </div>
          <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-2">
            <Unions officerId={officerId} />
            <Late officerId={officerId} />
          </div>
        </Page>
      )}
    </LoadedPage>
  );
}

/** The officer's unions: first those that have to hand in today, then those that owe most from before. */
function Unions({ officerId }: { officerId: string }) {
  const query = useQuery(reading("/api/repayments/officer-day", { query: { officerId } }));
  return (
    <Section title={t("unions.title")}>
      <Loaded query={query} lines={4}>
        {({ data }) =>
          data.unions.length === 0 ? (
            <Empty>{t("team.noUnions")}</Empty>
          ) : (
            <List>
              {[...data.unions].sort(byUrgency).map(union => (
                <li key={union.id}>
                  <Link to="/unions/$unionId" params={{ unionId: union.id }} className={LINE}>
                    <LineContent
                      title={
                        <span className="flex flex-wrap items-center gap-2">
                          {union.name} <Sheet union={union} />
                        </span>
                      }
                      right={naira(union.arrears)}
                      below={t("team.collectedOf", {
                        collected: naira(union.collected),
                        expected: naira(union.expected),
                      })}
                      belowRight={union.lateLoans > 0 && t("day.arrears", { count: union.lateLoans })}
                    />
                  </Link>
                </li>
              ))}
            </List>
          )
        }
      </Loaded>
    </Section>
  );
}

const isMissing = (union: Union) => union.meets && union.handedInAt === null;

function byUrgency(one: Union, other: Union): number {
  return Number(isMissing(other)) - Number(isMissing(one)) || kobo(other.arrears) - kobo(one.arrears);
}

function Sheet({ union }: { union: Union }) {
  if (union.handedInAt) return <Badge tone="good">{t("day.handedIn")}</Badge>;
  return union.meets ? <Badge tone="warn">{t("team.notHandedIn")}</Badge> : null;
}

/** The loans that are late for longest, and the way to all of them. */
function Late({ officerId }: { officerId: string }) {
  const query = useQuery(
    reading("/api/reports/{name}", { path: { name: "arrears-list" }, query: { officerId, limit: SHOWN } }),
  );
  return (
    <Section
      title={t("team.lateLoans")}
      aside={
        <Link
          to="/reports/$name"
          params={{ name: "arrears-list" }}
          search={{ officerId }}
          className="whitespace-nowrap text-brand underline underline-offset-4"
        >
          {t("team.all", { count: query.data?.pagination.total ?? 0 })}
        </Link>
      }
    >
      <Loaded query={query} lines={4}>
        {({ data }) =>
          data.rows.length === 0 ? (
            <Empty>{t("team.nobodyLate")}</Empty>
          ) : (
            <List>
              {data.rows.map(row => (
                <li key={String(row.loanId)}>
                  <Link to="/loans/$loanId" params={{ loanId: String(row.loanId) }} className={LINE}>
                    <LineContent
                      title={String(row.member)}
                      right={shownFigure("amount", row.arrears)}
                      below={[row.union, row.loan].join(" · ")}
                      belowRight={t("team.daysLate", { count: Number(row.daysLate) })}
                    />
                  </Link>
                </li>
              ))}
            </List>
          )
        }
      </Loaded>
    </Section>
  );
}

import { type QueryClient, useQuery } from "@tanstack/react-query";
import { useRouteContext } from "@tanstack/react-router";
import { isAskedEarly } from "@/api/client";
import { reading } from "@/api/queries";
import type { Me } from "@/api/session";
import type { Data } from "@/api/types";
import { shownLongDay } from "@/lib/days";
import { kobo, naira } from "@/lib/money";
import { faultOf } from "@/lib/problem";
import { t } from "@/lib/text";
import { Card, Figure, Section } from "@/ui/card";
import { Empty, List, Skeleton } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { handedQuery, OnPhone, useKept } from "./on-phone";
import { UnionLine } from "./union-line";
import { Waiting } from "./waiting";

const PATH = "/api/repayments/officer-day";

export type Day = Data<typeof PATH, "get">;

const PATIENCE_MS = 500;

/** Waits a little for what the page shows when that is on its way already: a cheap phone takes long to draw a page, and
 * so draws it once, with everything on it. */
export async function readDay(queries: QueryClient, me: Me): Promise<void> {
  if (!isAskedEarly(PATH)) return;
  const shown = [queries.prefetchQuery(reading(PATH)), queries.prefetchQuery(handedQuery(me))];
  await Promise.race([Promise.all(shown), new Promise(done => setTimeout(done, PATIENCE_MS))]);
}

/** What is before somebody today: what to collect, where, and who waits. */
export function DayPage() {
  const { me } = useRouteContext({ from: "/signed-in" });
  const query = useQuery(reading(PATH));
  const handed = useQuery(handedQuery(me));
  const isLost = faultOf(query) !== null;
  const kept = useKept(me, isLost);
  return (
    <Page
      title={t("day.greeting", { name: me.firstName ?? me.email })}
      below={query.data && shownLongDay(query.data.data.on)}
    >
      <OnPhone me={me} day={query.data?.data.on} handed={handed.data ?? []} kept={(isLost && kept.data) || []} />
      {/* What stands above is known first, so that nothing moves down under somebody's thumb. */}
      {handed.isPending || kept.isLoading ? (
        <Skeleton lines={5} />
      ) : (
        <Loaded query={query} lines={5}>
          {({ data }) => (
            <>
              <Sums totals={data.totals} />
              <Unions unions={data.unions} isOwn={me.role === "CREDIT_OFFICER"} />
              <Waiting waiting={data.waiting} />
            </>
          )}
        </Loaded>
      )}
    </Page>
  );
}

function Sums({ totals }: { totals: Day["totals"] }) {
  const expected = kobo(totals.expected);
  const collected = kobo(totals.collected);
  return (
    <Card className="grid gap-4">
      <div>
        <p className="text-soft">{t("day.stillDue")}</p>
        <p className="text-4xl font-bold tracking-tight tabular-nums">{naira(totals.dueToday)}</p>
        <p className="mt-1 text-sm text-soft">{t("day.ofExpected", { expected: naira(totals.expected) })}</p>
      </div>
      {expected > 0 && (
        <progress
          className="h-2 w-full appearance-none overflow-hidden rounded-full [&::-moz-progress-bar]:bg-brand [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-brand"
          max={expected}
          value={expected - kobo(totals.dueToday)}
          aria-label={t("day.progress")}
        />
      )}
      <div className="flex flex-wrap gap-x-8 gap-y-3">
        <Figure name={t("day.collected")} value={naira(totals.collected)} {...(collected && { tone: "good" })} />
        <Figure
          name={t("day.arrears", { count: totals.lateLoans })}
          value={naira(totals.arrears)}
          {...(kobo(totals.arrears) && { tone: "bad" })}
        />
      </div>
    </Card>
  );
}

/** The unions that meet today, those that have not handed in first; then those that owe something from before. */
function Unions({ unions, isOwn }: { unions: Day["unions"]; isOwn: boolean }) {
  const meeting = unions
    .filter(union => union.meets)
    .sort((one, other) => Number(one.handedInAt !== null) - Number(other.handedInAt !== null));
  const late = unions
    .filter(union => !union.meets && kobo(union.arrears) > 0)
    .sort((one, other) => kobo(other.arrears) - kobo(one.arrears));
  return (
    <>
      <Section title={t("day.meeting", { count: meeting.length })}>
        {meeting.length === 0 ? (
          <Empty>{t(unions.length ? "day.nobodyMeets" : "unions.none")}</Empty>
        ) : (
          <List>
            {meeting.map(union => (
              <UnionLine key={union.id} union={union} isOwn={isOwn} />
            ))}
          </List>
        )}
      </Section>
      {late.length > 0 && (
        <Section title={t("day.late", { count: late.length })}>
          <List>
            {late.map(union => (
              <UnionLine key={union.id} union={union} isOwn={isOwn} />
            ))}
          </List>
        </Section>
      )}
    </>
  );
}

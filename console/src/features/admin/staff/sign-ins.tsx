import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { paging } from "@/api/queries";
import type { Data } from "@/api/types";
import { shownMoment } from "@/lib/days";
import { deviceOf } from "@/lib/devices";
import { given } from "@/lib/given";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { Badge, Section } from "@/ui/card";
import { Empty } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { ChoiceFilter, DayFilter, FilterBar, FilterPager, useFilters } from "../filters";

const SHOWN = 5;
const LIMIT = 20;
type SignIn = Data<"/api/user-activity/login-history", "get">["loginHistory"][number];

const when = (): Column<SignIn> => ({ name: t("admin.signIns.when"), cell: ({ loginAt }) => shownMoment(loginAt) });
const who = (): Column<SignIn> => ({
  name: t("admin.signIns.who"),
  cell: ({ user }) => (
    <Link
      to="/admin/staff/$userId"
      params={{ userId: user.id }}
      className="text-brand underline-offset-4 hover:underline"
    >
      {nameOf(user)}
    </Link>
  ),
});
const about = (): readonly Column<SignIn>[] => [
  {
    name: t("admin.signIns.result"),
    cell: entry => (
      <span className="inline-flex flex-wrap items-center gap-2">
        <Badge tone={entry.success ? "good" : "bad"}>
          {t(entry.success ? "admin.signIns.good" : "admin.signIns.bad")}
        </Badge>
        {entry.failureReason}
      </span>
    ),
  },
  {
    name: t("admin.signIns.from"),
    cell: ({ userAgent, ipAddress }) => [deviceOf(userAgent), ipAddress].filter(Boolean).join(" · "),
  },
];

/** Who signed in or tried to, and from where. */
export function SignInsPage() {
  const [{ q, result, from, to, page = 1 }] = useFilters();
  const activityType = (["success", "failure"] as const).find(known => known === result);
  const narrowed = given({ search: q, activityType, startDate: from, endDate: to });
  const query = useQuery(paging("/api/user-activity/login-history", { ...narrowed, page, limit: LIMIT }));
  return (
    <Page title={t("admin.signIns.title")} wide>
      <FilterBar label={t("admin.signIns.search")}>
        <ChoiceFilter
          name="result"
          label={t("admin.signIns.result")}
          choices={[
            ["success", t("admin.signIns.good")],
            ["failure", t("admin.signIns.bad")],
          ]}
        />
        <DayFilter name="from" label={t("admin.from")} />
        <DayFilter name="to" label={t("admin.to")} />
      </FilterBar>
      <Loaded query={query} lines={6}>
        {({ data, pagination }) => (
          <>
            {data.loginHistory.length === 0 && <Empty>{t("list.nothingFound")}</Empty>}
            {data.loginHistory.length > 0 && (
              <Table label={t("admin.signIns.title")} columns={[who(), when(), ...about()]} rows={data.loginHistory} />
            )}
            <FilterPager pagination={pagination} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** How somebody signed in lately, and how often they could not. */
export function SignInsOf({ userId }: { userId: string }) {
  const query = useQuery(paging("/api/user-activity/login-history", { userId, page: 1, limit: SHOWN }));
  return (
    <Section title={t("admin.signIns.lately")}>
      <Loaded query={query} lines={2}>
        {({ data, pagination }) => (
          <>
            {data.loginHistory.length === 0 && <Empty>{t("admin.staff.never")}</Empty>}
            {data.loginHistory.length > 0 && (
              <Table label={t("admin.signIns.lately")} columns={[when(), ...about()]} rows={data.loginHistory} />
            )}
            {pagination.total > SHOWN && (
              <p className="text-sm text-soft">{t("admin.signIns.shown", { shown: SHOWN, total: pagination.total })}</p>
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}

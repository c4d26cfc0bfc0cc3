import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useRouteContext, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { officersQuery } from "@/api/officers";
import { paging, reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { daysBetween } from "@/lib/days";
import { naira } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { t, tOf } from "@/lib/text";
import { SelectField } from "@/ui/field";
import { Empty, LINE, LineContent, List, Pager } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { SearchBox } from "@/ui/search-box";

type Row = Data<"/api/loans", "get">[number];

const LIMIT = 20;
const STATES = [
  { state: undefined, status: "PENDING_APPROVAL", name: "decisions.toApprove", count: "pending" },
  { state: "approved", status: "APPROVED", name: "decisions.toPayOut", count: "approved" },
] as const;

/** The loans that wait for a decision or for their money, who waits longest first. */
export function DecisionsPage() {
  const { me } = useRouteContext({ from: "/signed-in" });
  const search = useSearch({ from: "/signed-in/decisions" });
  const { q, officer, page = 1 } = search;
  const navigate = useNavigate({ from: "/decisions" });
  const look = useCallback(
    (words: string) =>
      navigate({ search: last => ({ ...last, q: words || undefined, page: undefined }), replace: true }),
    [navigate],
  );
  const { status } = STATES.find(each => each.state === search.state) ?? STATES[0];
  const query = useQuery(
    paging("/api/loans", {
      status,
      order: "oldest",
      ...(q ? { search: q } : {}),
      ...(officer ? { assignedOfficerId: officer } : {}),
      page,
      limit: LIMIT,
    }),
  );
  return (
    <Page title={t("decisions.title")}>
      <States />
      <div className="grid gap-3 sm:grid-cols-2 sm:items-end">
        <SearchBox label={t("decisions.search")} value={q ?? ""} onChange={look} />
        {me.role !== "CREDIT_OFFICER" && <Officers />}
      </div>
      <Loaded query={query} lines={5}>
        {({ data, pagination }) => (
          <>
            {data.length === 0 && <Empty>{t(q || officer ? "list.nothingFound" : "decisions.none")}</Empty>}
            {data.length > 0 && (
              <List>
                {data.map(loan => (
                  <li key={loan.id}>
                    <Link to="/decisions/$loanId" params={{ loanId: loan.id }} className={LINE}>
                      <Waiting loan={loan} />
                    </Link>
                  </li>
                ))}
              </List>
            )}
            <Pager
              page={page}
              pages={pagination.totalPages}
              total={pagination.total}
              onPage={to => navigate({ search: last => ({ ...last, page: to }) })}
            />
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** What is shown: what waits for approval, or what waits for its money; each with how many there are in all. */
function States() {
  const { state } = useSearch({ from: "/signed-in/decisions" });
  const { data } = useQuery(reading("/api/loans/stats"));
  return (
    <nav aria-label={t("decisions.states")} className="grid grid-cols-2 gap-1 rounded-2xl bg-line/60 p-1">
      {STATES.map(each => (
        <Link
          key={each.status}
          to="/decisions"
          search={last => ({ ...last, state: each.state, page: undefined })}
          aria-current={state === each.state ? "page" : undefined}
          className={`flex min-h-12 flex-wrap items-center justify-center gap-x-2 rounded-xl px-2 text-center font-medium ${state === each.state ? "bg-card text-ink" : "text-soft"}`}
        >
          {t(each.name)} {data && <span className="tabular-nums">{data.data[each.count]}</span>}
        </Link>
      ))}
    </nav>
  );
}

function Officers() {
  const { officer } = useSearch({ from: "/signed-in/decisions" });
  const navigate = useNavigate({ from: "/decisions" });
  const { data } = useQuery(officersQuery);
  return (
    <SelectField
      label={t("filter.officer")}
      value={officer ?? ""}
      onChange={({ target }) =>
        navigate({ search: last => ({ ...last, officer: target.value || undefined, page: undefined }) })
      }
    >
      <option value="">{t("filter.allOfficers")}</option>
      {data?.map(each => (
        <option key={each.id} value={each.id}>
          {each.name}
        </option>
      ))}
    </SelectField>
  );
}

function Waiting({ loan }: { loan: Row }) {
  const since = loan.approvedAt ?? loan.submittedAt ?? loan.createdAt;
  return (
    <LineContent
      title={nameOf(loan.unionMember)}
      right={naira(loan.principalAmount)}
      below={
        <>
          {[loan.union.name, nameOf(loan.assignedOfficer)].join(" · ")}
          <br />
          {tOf("term", loan.termUnit, { count: loan.termCount })}
        </>
      }
      belowRight={t("decisions.days", { count: daysBetween(since, new Date()) })}
    />
  );
}

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
import { LINE, LineContent } from "@/ui/list";
import { Page } from "@/ui/page";
import { PagedList } from "@/ui/paged-list";
import { SearchBox } from "@/ui/search-box";
import { RESCHEDULES, Reschedules } from "./reschedules";

type Row = Data<"/api/loans", "get">[number];

type DecisionState = "approved" | "reschedule";

const LIMIT = 20;
const STATES = [
  { state: undefined, status: "PENDING_APPROVAL", name: "decisions.toApprove", count: "pending" },
  { state: "approved", status: "APPROVED", name: "decisions.toPayOut", count: "approved" },
] as const;

/** The loans that wait for a decision or for their money, who waits longest first. */
export function DecisionsPage() {
  const { state } = useSearch({ from: "/signed-in/decisions" });
  return (
    <Page title={t("decisions.title")}>
      <States />
      {state === "reschedule" ? <Reschedules /> : <Loans />}
    </Page>
  );
}

function Loans() {
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
    <>
      <div className="grid gap-3 sm:grid-cols-2 sm:items-end">
        <SearchBox label={t("decisions.search")} value={q ?? ""} onChange={look} />
        {me.role !== "CREDIT_OFFICER" && <Officers />}
      </div>
      <PagedList
        query={query}
        page={page}
        onPage={to => navigate({ search: last => ({ ...last, page: to }) })}
        empty={t(q || officer ? "list.nothingFound" : "decisions.none")}
      >
        {loan => (
          <Link to="/decisions/$loanId" params={{ loanId: loan.id }} className={LINE}>
            <Waiting loan={loan} />
          </Link>
        )}
      </PagedList>
    </>
  );
}

/** What is shown: what waits for approval, for its money, or to be repaid by other terms; each with how many there are
 * in all. */
function States() {
  const stats = useQuery(reading("/api/loans/stats")).data?.data;
  const reschedules = useQuery(paging(RESCHEDULES, { page: 1, limit: LIMIT })).data?.pagination.total;
  return (
    <nav aria-label={t("decisions.states")} className="flex gap-1 rounded-2xl bg-line/60 p-1">
      {STATES.map(({ state, name, count }) => (
        <State key={name} state={state} name={t(name)} count={stats?.[count]} />
      ))}
      <State state="reschedule" name={t("decisions.toReschedule")} count={reschedules} />
    </nav>
  );
}

type StateProps = { state: DecisionState | undefined; name: string; count: number | undefined };

function State({ state, name, count }: StateProps) {
  const isShown = useSearch({ from: "/signed-in/decisions" }).state === state;
  return (
    <Link
      to="/decisions"
      search={last => ({ ...last, state, page: undefined })}
      aria-current={isShown ? "page" : undefined}
      className={`flex min-h-12 flex-auto basis-0 flex-wrap items-center justify-center gap-x-2 rounded-xl px-1 text-center text-sm leading-tight font-medium sm:text-base ${isShown ? "bg-card text-ink" : "text-soft"}`}
    >
      {name} {count !== undefined && <span className="tabular-nums">{count}</span>}
    </Link>
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

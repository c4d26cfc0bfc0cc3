import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { paging } from "@/api/queries";
import type { Data } from "@/api/types";
import { daysBetween, shownDay } from "@/lib/days";
import { naira } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { t, tOf } from "@/lib/text";
import { LINE, LineContent } from "@/ui/list";
import { PagedList } from "@/ui/paged-list";

export const RESCHEDULES = "/api/loans/reschedules";
type Row = Data<typeof RESCHEDULES, "get">[number];

const LIMIT = 20;

/** The proposals to repay by other terms that wait for a decision, who waits longest first. */
export function Reschedules() {
  const { page = 1 } = useSearch({ from: "/signed-in/decisions" });
  const navigate = useNavigate({ from: "/decisions" });
  const query = useQuery(paging(RESCHEDULES, { page, limit: LIMIT }));
  return (
    <PagedList
      query={query}
      page={page}
      onPage={to => navigate({ search: last => ({ ...last, page: to }) })}
      empty={t("decisions.none")}
    >
      {proposal => (
        <Link to="/loans/$loanId/reschedule" params={{ loanId: proposal.loanId }} className={LINE}>
          <Waiting proposal={proposal} />
        </Link>
      )}
    </PagedList>
  );
}

function Waiting({ proposal }: { proposal: Row }) {
  const term = tOf("term", proposal.termUnit, { count: proposal.termCount });
  return (
    <LineContent
      title={nameOf(proposal.unionMember)}
      right={naira(proposal.totalOutstanding.toFixed(2))}
      below={
        <>
          {[proposal.union.name, nameOf(proposal.proposedBy)].join(" · ")}
          <br />
          {t("decisions.termsFrom", { term, day: shownDay(proposal.fromDate) })}
        </>
      }
      belowRight={t("decisions.days", { count: daysBetween(proposal.createdAt, new Date()) })}
    />
  );
}

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { paging } from "@/api/queries";
import { isPaidOut, mainAmount } from "@/lib/loans";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { Section } from "@/ui/card";
import { Empty, LINE, LineContent, List } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Picture } from "@/ui/picture";
import { SearchBox } from "@/ui/search-box";
import { LoanStatus } from "@/ui/states";

const SHOWN = 10;

/** Members, loans and unions by what somebody remembers of them. */
export function SearchPage() {
  const { q } = useSearch({ from: "/signed-in/search" });
  const navigate = useNavigate({ from: "/search" });
  const look = useCallback(
    (words: string) => navigate({ search: words ? { q: words } : {}, replace: true }),
    [navigate],
  );
  return (
    <Page title={t("search.title")}>
      <SearchBox label={t("search.label")} value={q ?? ""} onChange={look} autoFocus />
      {q ? <Found q={q} /> : <Empty>{t("search.hint")}</Empty>}
    </Page>
  );
}

function Found({ q }: { q: string }) {
  const filter = { search: q, page: 1, limit: SHOWN };
  const members = useQuery(paging("/api/union-members", filter));
  const loans = useQuery(paging("/api/loans", filter));
  const unions = useQuery(paging("/api/unions", filter));
  return (
    <>
      <Group title={t("search.members")} query={members}>
        {members.data?.data.map(member => (
          <li key={member.id}>
            <Link to="/members/$memberId" params={{ memberId: member.id }} className={LINE}>
              <Picture of={nameOf(member)} url={member.profileImage} size="size-11" />
              <LineContent title={nameOf(member)} below={member.union.name} belowRight={member.code} />
            </Link>
          </li>
        ))}
      </Group>
      <Group title={t("search.loans")} query={loans}>
        {loans.data?.data.map(loan => (
          <li key={loan.id}>
            <Link to="/loans/$loanId" params={{ loanId: loan.id }} className={LINE}>
              <LineContent
                title={nameOf(loan.unionMember)}
                right={mainAmount(loan)}
                below={
                  <span className="flex flex-wrap items-center gap-2">
                    {loan.loanNumber} <LoanStatus status={loan.status} />
                  </span>
                }
                belowRight={t(isPaidOut(loan) ? "loan.outstandingShort" : "loan.requestedShort")}
              />
            </Link>
          </li>
        ))}
      </Group>
      <Group title={t("search.unions")} query={unions}>
        {unions.data?.data.map(union => (
          <li key={union.id}>
            <Link to="/unions/$unionId" params={{ unionId: union.id }} className={LINE}>
              <LineContent title={union.name} below={union.location} />
            </Link>
          </li>
        ))}
      </Group>
    </>
  );
}

type GroupProps = {
  title: string;
  query: Parameters<typeof Loaded<{ pagination: { total: number } }>>[0]["query"];
  children: React.ReactNode;
};

/** What was found of one kind, with how many there are in all. */
function Group({ title, query, children }: GroupProps) {
  return (
    <Loaded query={query} lines={1}>
      {({ pagination }) => (
        <Section title={t("search.count", { title, count: pagination.total })}>
          {pagination.total === 0 ? <Empty>{t("list.nothingFound")}</Empty> : <List>{children}</List>}
          {pagination.total > SHOWN && <p className="text-sm text-soft">{t("search.more", { shown: SHOWN })}</p>}
        </Section>
      )}
    </Loaded>
  );
}

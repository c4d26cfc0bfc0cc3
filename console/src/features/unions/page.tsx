import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useRouteContext, useRouter, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { paging, reading } from "@/api/queries";
import { naira } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { buttonClasses } from "@/ui/button";
import { Card, Figure, Section } from "@/ui/card";
import { Icon } from "@/ui/icon";
import { Empty, LINE, LineContent, List, Pager } from "@/ui/list";
import { Loaded, LoadedPage } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Picture } from "@/ui/picture";
import { SearchBox } from "@/ui/search-box";

const LIMIT = 20;

/** A union: how it stands, its sheet, its members. */
export function UnionPage() {
  const { unionId } = useParams({ from: "/signed-in/unions/$unionId" });
  const { me } = useRouteContext({ from: "/signed-in" });
  const router = useRouter();
  const union = useQuery(reading("/api/unions/{union_id}", { path: { union_id: unionId } }));
  const stats = useQuery(reading("/api/unions/{union_id}/stats", { path: { union_id: unionId } }));
  return (
    <LoadedPage query={union}>
      {({ data }) => (
        <Page
          title={data.name}
          below={[data.location, data.address, nameOf(data.creditOfficer)].filter(Boolean).join(" · ")}
          onBack={() => router.history.back()}
        >
          <Loaded query={stats} lines={1}>
            {({ data: figures }) => (
              <Card className="flex flex-wrap gap-x-8 gap-y-3">
                <Figure name={t("union.outstanding")} value={naira(figures.totalOutstanding.toFixed(2))} />
                <Figure name={t("union.repaid")} value={naira(figures.totalRepaid.toFixed(2))} />
                <Figure name={t("union.active")} value={String(figures.activeLoans)} />
                <Figure name={t("union.pending")} value={String(figures.pendingLoans)} />
              </Card>
            )}
          </Loaded>
          {me.role !== "SUPERVISOR" && (
            <Link to="/unions/$unionId/sheet" params={{ unionId }} className={buttonClasses("main")}>
              <Icon name="sheet" className="size-5" /> {t("union.sheet")}
            </Link>
          )}
          <Members unionId={unionId} />
        </Page>
      )}
    </LoadedPage>
  );
}

function Members({ unionId }: { unionId: string }) {
  const { q, page = 1 } = useSearch({ from: "/signed-in/unions/$unionId" });
  const navigate = useNavigate({ from: "/unions/$unionId" });
  const look = useCallback(
    (words: string) => navigate({ search: words ? { q: words } : {}, replace: true }),
    [navigate],
  );
  const query = useQuery(paging("/api/union-members", { unionId, ...(q ? { search: q } : {}), page, limit: LIMIT }));
  return (
    <Section title={t("union.members")}>
      <SearchBox label={t("union.search")} value={q ?? ""} onChange={look} />
      <Loaded query={query} lines={5}>
        {({ data, pagination }) => (
          <>
            {data.length === 0 && <Empty>{q ? t("list.nothingFound") : t("union.nobody")}</Empty>}
            {data.length > 0 && (
              <List>
                {data.map(member => (
                  <li key={member.id}>
                    <Link to="/members/$memberId" params={{ memberId: member.id }} className={LINE}>
                      <Picture of={nameOf(member)} url={member.profileImage} size="size-11" />
                      <LineContent title={nameOf(member)} below={member.code} belowRight={member.phone} />
                    </Link>
                  </li>
                ))}
              </List>
            )}
            <Pager
              page={page}
              pages={pagination.totalPages}
              total={pagination.total}
              onPage={to => navigate({ search: { ...(q ? { q } : {}), page: to } })}
            />
          </>
        )}
      </Loaded>
    </Section>
  );
}

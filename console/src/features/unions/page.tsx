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
import { LINE, LineContent } from "@/ui/list";
import { Loaded, LoadedPage } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { PagedList } from "@/ui/paged-list";
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
          below={[placeOf(data), nameOf(data.creditOfficer)].filter(Boolean).join(" · ")}
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

/** Where a union meets, each place once: an address often begins with the town. */
function placeOf({ location, address }: { location?: string | null; address?: string | null }): string {
  const isInAddress = location && address?.toLowerCase().includes(location.toLowerCase());
  return [isInAddress ? null : location, address].filter(Boolean).join(" · ");
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
    <Section
      title={t("union.members")}
      aside={
        <Link to="/unions/$unionId/members/new" params={{ unionId }} className={buttonClasses("plain", "-my-2 -mr-3")}>
          <Icon name="add" className="size-5" /> {t("union.newMember")}
        </Link>
      }
    >
      <SearchBox label={t("union.search")} value={q ?? ""} onChange={look} />
      <PagedList
        query={query}
        page={page}
        onPage={to => navigate({ search: { ...(q ? { q } : {}), page: to } })}
        empty={t(q ? "list.nothingFound" : "union.nobody")}
      >
        {member => (
          <Link to="/members/$memberId" params={{ memberId: member.id }} className={LINE}>
            <Picture of={nameOf(member)} url={member.profileImage} size="size-11" />
            <LineContent title={nameOf(member)} below={member.code} belowRight={member.phone} />
          </Link>
        )}
      </PagedList>
    </Section>
  );
}

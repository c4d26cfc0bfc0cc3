import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useRouteContext, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { paging } from "@/api/queries";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { LINE, LineContent } from "@/ui/list";
import { Page } from "@/ui/page";
import { PagedList } from "@/ui/paged-list";
import { SearchBox } from "@/ui/search-box";

const LIMIT = 20;

/** The unions that one may see. */
export function UnionsPage() {
  const { me } = useRouteContext({ from: "/signed-in" });
  const { q, page = 1 } = useSearch({ from: "/signed-in/unions" });
  const navigate = useNavigate({ from: "/unions" });
  const look = useCallback(
    (words: string) => navigate({ search: words ? { q: words } : {}, replace: true }),
    [navigate],
  );
  const query = useQuery(paging("/api/unions", { ...(q ? { search: q } : {}), page, limit: LIMIT }));
  return (
    <Page title={t("unions.title")}>
      <SearchBox label={t("unions.search")} value={q ?? ""} onChange={look} />
      <PagedList
        query={query}
        page={page}
        onPage={to => navigate({ search: { ...(q ? { q } : {}), page: to } })}
        empty={t(q ? "list.nothingFound" : "unions.none")}
      >
        {union => (
          <Link to="/unions/$unionId" params={{ unionId: union.id }} className={LINE}>
            <LineContent
              title={union.name}
              below={[union.location, me.role !== "CREDIT_OFFICER" && nameOf(union.creditOfficer)]
                .filter(Boolean)
                .join(" · ")}
              belowRight={t("unions.members", { count: union._count.unionMembers })}
            />
          </Link>
        )}
      </PagedList>
    </Page>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useRouteContext, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { paging } from "@/api/queries";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { Empty, LINE, LineContent, List, Pager } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
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
      <Loaded query={query} lines={5}>
        {({ data, pagination }) => (
          <>
            {data.length === 0 && <Empty>{q ? t("list.nothingFound") : t("unions.none")}</Empty>}
            {data.length > 0 && (
              <List>
                {data.map(union => (
                  <li key={union.id}>
                    <Link to="/unions/$unionId" params={{ unionId: union.id }} className={LINE}>
                      <LineContent
                        title={union.name}
                        below={[union.location, me.role !== "CREDIT_OFFICER" && nameOf(union.creditOfficer)]
                          .filter(Boolean)
                          .join(" · ")}
                        belowRight={t("unions.members", { count: union._count.unionMembers })}
                      />
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
    </Page>
  );
}

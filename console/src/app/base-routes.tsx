import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, Outlet, redirect } from "@tanstack/react-router";
import { meQuery } from "@/api/session";
import { AbsentPage, NothingWorks } from "./errors";
import { Shell } from "./shell";

export type ListSearch = { q?: string | undefined; page?: number | undefined };

/** What of the address narrows a list: words, and the page. What is not named here the router leaves as it came. */
export function listSearch(search: Record<string, unknown>): ListSearch {
  const page = Number(search.page);
  return {
    q: search.q === undefined || search.q === "" ? undefined : String(search.q),
    page: Number.isInteger(page) && page > 1 ? page : undefined,
  };
}

/** Above all pages. */
export const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Outlet,
  notFoundComponent: AbsentPage,
});

/** Above the pages of those who are signed in; whoever is not is asked to. */
export const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  beforeLoad: async ({ context, location }) => {
    const known = context.queries.getQueryData(meQuery.queryKey);
    const me = known ?? (await context.queries.fetchQuery({ ...meQuery, staleTime: 0 }));
    if (!me) throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { next: location.href } });
    if (me.passwordChangeRequired) throw redirect({ to: "/password" });
    return { me };
  },
  component: Shell,
  errorComponent: NothingWorks,
});

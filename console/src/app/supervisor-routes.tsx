import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { type ListSearch, listSearch, signedIn } from "./base-routes";
import { later } from "./later";

type DecisionsSearch = ListSearch & { state?: "approved" | undefined; officer?: string | undefined };

/** Loads a page with the texts that only pages of supervisors have. */
function page<T>(load: () => Promise<T>): () => Promise<T> {
  return later(load, () => import("@/locales/en.json?senior"));
}

/** A text of the address; nothing where it is empty. */
function text(value: unknown): string | undefined {
  return value === undefined || value === "" ? undefined : String(value);
}

const decisions = createRoute({
  getParentRoute: () => signedIn,
  path: "/decisions",
  validateSearch: (search: Record<string, unknown>): DecisionsSearch => ({
    ...listSearch(search),
    state: search.state === "approved" ? "approved" : undefined,
    officer: text(search.officer),
  }),
  component: lazyRouteComponent(
    page(() => import("@/features/decisions/list")),
    "DecisionsPage",
  ),
});
const decision = createRoute({
  getParentRoute: () => signedIn,
  path: "/decisions/$loanId",
  component: lazyRouteComponent(
    page(() => import("@/features/decisions/page")),
    "DecisionPage",
  ),
});

/** The pages that supervisors work in; an admin and an officer may open them as far as the API lets them. */
export const SUPERVISOR_ROUTES = [decisions, decision] as const;

import { createRoute, lazyRouteComponent, Outlet, useRouteContext } from "@tanstack/react-router";
import { FILTERS, type Filters } from "@/features/reports/asked";
import { type ListSearch, listSearch, signedIn } from "./base-routes";
import { NotYoursPage } from "./errors";
import { later } from "./later";

const STATES = ["approved", "reschedule"] as const;
type DecisionsSearch = ListSearch & { state?: (typeof STATES)[number] | undefined; officer?: string | undefined };

type ReportSearch = Filters & { page?: number | undefined };

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
    state: STATES.find(state => state === search.state),
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

const reschedule = createRoute({
  getParentRoute: () => signedIn,
  path: "/loans/$loanId/reschedule",
  component: lazyRouteComponent(
    page(() => import("@/features/reschedules/page")),
    "ReschedulePage",
  ),
});

const forSeniorsOfLoan = createRoute({
  getParentRoute: () => signedIn,
  path: "/loans/$loanId/account",
  component: ForSeniors,
});
const account = createRoute({
  getParentRoute: () => forSeniorsOfLoan,
  path: "/",
  component: lazyRouteComponent(
    page(() => import("@/features/account/page")),
    "AccountPage",
  ),
});

const forSeniors = createRoute({
  getParentRoute: () => signedIn,
  path: "/team",
  component: ForSeniors,
});
const team = createRoute({
  getParentRoute: () => forSeniors,
  path: "/",
  component: lazyRouteComponent(
    page(() => import("@/features/team/page")),
    "TeamPage",
  ),
});
const officer = createRoute({
  getParentRoute: () => forSeniors,
  path: "/$officerId",
  component: lazyRouteComponent(
    page(() => import("@/features/team/officer")),
    "OfficerPage",
  ),
});
const reports = createRoute({
  getParentRoute: () => signedIn,
  path: "/reports",
  component: lazyRouteComponent(
    page(() => import("@/features/reports/list")),
    "ReportsPage",
  ),
});
const mailed = createRoute({
  getParentRoute: () => signedIn,
  path: "/reports/subscriptions",
  component: ForSeniors,
});
const subscriptions = createRoute({
  getParentRoute: () => mailed,
  path: "/",
  component: lazyRouteComponent(
    page(() => import("@/features/reports/subscriptions")),
    "SubscriptionsPage",
  ),
});
const report = createRoute({
  getParentRoute: () => signedIn,
  path: "/reports/$name",
  validateSearch: (search: Record<string, unknown>): ReportSearch => ({
    page: listSearch(search).page,
    ...Object.fromEntries(FILTERS.map(name => [name, text(search[name])])),
  }),
  component: lazyRouteComponent(
    page(() => import("@/features/reports/page")),
    "ReportPage",
  ),
});

/** The API would refuse this to an officer; it is said once. */
function ForSeniors() {
  const { me } = useRouteContext({ from: "/signed-in" });
  return me.role === "CREDIT_OFFICER" ? <NotYoursPage /> : <Outlet />;
}

/** The pages that supervisors work in; an admin and an officer may open them as far as the API lets them. */
export const SUPERVISOR_ROUTES = [
  decisions,
  decision,
  reschedule,
  forSeniorsOfLoan.addChildren([account]),
  forSeniors.addChildren([team, officer]),
  reports,
  mailed.addChildren([subscriptions]),
  report,
] as const;

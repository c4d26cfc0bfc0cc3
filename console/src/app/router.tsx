import type { QueryClient } from "@tanstack/react-query";
import { createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { Skeleton } from "@/ui/list";
import { adminRoutes } from "./admin-routes";
import { listSearch, root, signedIn } from "./base-routes";
import { FailedPage } from "./errors";
import { later } from "./later";
import { homeOf } from "./places";
import { SUPERVISOR_ROUTES } from "./supervisor-routes";

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  // Only a path of our own: nobody is led anywhere else.
  validateSearch: ({ next }: Record<string, unknown>): { next?: string | undefined } => ({
    next: typeof next === "string" && /^\/(?![/\\])/.test(next) ? next : undefined,
  }),
  component: lazyRouteComponent(() => import("@/features/session/sign-in"), "SignInPage"),
});
const forgotten = createRoute({
  getParentRoute: () => root,
  path: "/forgotten",
  component: lazyRouteComponent(() => import("@/features/session/recovery"), "ForgottenPage"),
});
const reset = createRoute({
  getParentRoute: () => root,
  path: "/auth/reset-password",
  validateSearch: (search: Record<string, unknown>) => ({
    email: String(search.email ?? ""),
    token: String(search.token ?? ""),
  }),
  component: lazyRouteComponent(() => import("@/features/session/recovery"), "ResetPage"),
});
const password = createRoute({
  getParentRoute: () => root,
  path: "/password",
  component: lazyRouteComponent(() => import("@/features/session/password"), "PasswordPage"),
});

const day = createRoute({
  getParentRoute: () => signedIn,
  path: "/",
  beforeLoad: ({ context: { me } }) => {
    const home = homeOf(me.role);
    if (home !== "/") throw redirect({ to: home, replace: true });
  },
  loader: async ({ context: { queries, me } }) => (await import("@/features/day/page")).readDay(queries, me),
  component: lazyRouteComponent(() => import("@/features/day/page"), "DayPage"),
});
const unions = createRoute({
  getParentRoute: () => signedIn,
  path: "/unions",
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import("@/features/unions/list"), "UnionsPage"),
});
const union = createRoute({
  getParentRoute: () => signedIn,
  path: "/unions/$unionId",
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import("@/features/unions/page"), "UnionPage"),
});
const sheet = createRoute({
  getParentRoute: () => signedIn,
  path: "/unions/$unionId/sheet",
  component: lazyRouteComponent(() => import("@/features/sheet/page"), "SheetPage"),
});
const member = createRoute({
  getParentRoute: () => signedIn,
  path: "/members/$memberId",
  component: lazyRouteComponent(() => import("@/features/members/page"), "MemberPage"),
});
/** Loads a page with the texts of forms about people. */
function ofPeople<T>(load: () => Promise<T>): () => Promise<T> {
  return later(load, () => import("@/locales/en.json?person"));
}

const newMember = createRoute({
  getParentRoute: () => signedIn,
  path: "/unions/$unionId/members/new",
  component: lazyRouteComponent(
    ofPeople(() => import("@/features/members/new")),
    "NewMemberPage",
  ),
});
const editMember = createRoute({
  getParentRoute: () => signedIn,
  path: "/members/$memberId/edit",
  component: lazyRouteComponent(
    ofPeople(() => import("@/features/members/edit")),
    "EditMemberPage",
  ),
});
const application = createRoute({
  getParentRoute: () => signedIn,
  path: "/members/$memberId/apply",
  component: lazyRouteComponent(() => import("@/features/applications/page"), "ApplicationPage"),
});
const loan = createRoute({
  getParentRoute: () => signedIn,
  path: "/loans/$loanId",
  component: lazyRouteComponent(() => import("@/features/loans/page"), "LoanPage"),
});
const payment = createRoute({
  getParentRoute: () => signedIn,
  path: "/loans/$loanId/pay",
  component: lazyRouteComponent(() => import("@/features/payments/page"), "PaymentPage"),
});
const search = createRoute({
  getParentRoute: () => signedIn,
  path: "/search",
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import("@/features/search/page"), "SearchPage"),
});
const me = createRoute({
  getParentRoute: () => signedIn,
  path: "/me",
  component: lazyRouteComponent(
    later(
      () => import("@/features/me/page"),
      () => import("@/locales/en.json?tour"),
    ),
    "MePage",
  ),
});
const profile = createRoute({
  getParentRoute: () => signedIn,
  path: "/me/profile",
  component: lazyRouteComponent(
    ofPeople(() => import("@/features/me/profile")),
    "ProfilePage",
  ),
});

const tree = root.addChildren([
  signIn,
  forgotten,
  reset,
  password,
  signedIn.addChildren([
    day,
    unions,
    union,
    sheet,
    newMember,
    member,
    editMember,
    application,
    loan,
    payment,
    search,
    me,
    profile,
    adminRoutes,
    ...SUPERVISOR_ROUTES,
  ]),
]);

/** The pages of the console by their addresses. */
export function newRouter(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queries },
    defaultPreload: "intent",
    scrollRestoration: true,
    defaultErrorComponent: FailedPage,
    defaultPendingComponent: () => (
      <div className="mx-auto max-w-3xl p-4">
        <Skeleton />
      </div>
    ),
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof newRouter>;
  }
}

import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useRouteContext } from "@tanstack/react-router";
import { useEffect, useSyncExternalStore } from "react";
import { call } from "@/api/client";
import { hasLine, onLine } from "@/api/line";
import { lookQuery } from "@/api/look";
import { forgetPerson, meQuery } from "@/api/session";
import { nameOf } from "@/lib/people";
import { t, tOf } from "@/lib/text";
import { keepSending } from "@/offline/sending";
import { Button } from "@/ui/button";
import { wordsOf } from "@/ui/failure";
import { Icon } from "@/ui/icon";
import { ownPath, Picture } from "@/ui/picture";
import { Toasts, toast } from "@/ui/toasts";
import { isOnBar, PLACES } from "./places";

/** What surrounds every page of somebody who is signed in: on a phone the places below, else at the side. */
export function Shell() {
  const { me } = useRouteContext({ from: "/signed-in" });
  // Kept current: whoever acts as somebody else sees so on every page.
  const { data } = useQuery(meQuery);
  const { data: look } = useQuery(lookQuery);
  const person = data ?? me;
  const queries = useQueryClient();
  const places = PLACES[me.role];
  useEffect(() => keepSending(queries, me.id), [queries, me.id]);
  useEffect(() => keepCurrent(queries), [queries]);
  return (
    <div className="flex min-h-dvh flex-col lg:flex-row">
      <a href="#content" className="sr-only focus:not-sr-only focus:p-4">
        {t("nav.skip")}
      </a>
      <nav
        aria-label={t("nav.title")}
        className="hidden w-60 shrink-0 flex-col gap-1 border-r border-line bg-card p-4 lg:sticky lg:top-0 lg:flex lg:h-dvh"
      >
        <div className="mb-6 flex items-center gap-3 px-2">
          <img
            src={look?.logo ? ownPath(look.logo) : "/icon.svg"}
            alt=""
            className="size-9 rounded-lg object-contain"
          />
          <span className="min-w-0 leading-tight font-semibold break-words">{look?.name ?? t("app.name")}</span>
        </div>
        {places.map(({ to, name, icon }) => (
          <Link
            key={to}
            to={to}
            className="flex min-h-12 items-center gap-3 rounded-xl px-3 font-medium hover:bg-page"
            activeProps={{ className: "bg-brand-soft text-brand" }}
            inactiveProps={{ className: "text-soft" }}
            activeOptions={{ exact: to === "/" }}
          >
            <Icon name={icon} /> {t(name)}
          </Link>
        ))}
        <div className="mt-auto flex items-center gap-3 px-2">
          <Picture of={nameOf(person)} url={person.profileImage} size="size-10" />
          <div className="min-w-0 leading-tight">
            <p className="font-medium break-words">{nameOf(person)}</p>
            <p className="text-sm text-soft">{tOf("role", person.role)}</p>
          </div>
        </div>
      </nav>
      <div className="flex min-w-0 flex-1 flex-col">
        {person.impersonatedBy && (
          <div className="sticky top-0 z-10 flex flex-wrap items-center justify-center gap-x-4 gap-y-2 bg-bad px-4 py-2 font-semibold text-card">
            <p role="status" className="min-w-0 break-words text-center">
              {t("nav.impersonating", { name: nameOf(person), by: person.impersonatedBy.email })}
            </p>
            <StopActing />
          </div>
        )}
        <OfflineBar />
        <main id="content" className="flex-1">
          <Outlet />
        </main>
        <div className="sticky bottom-0 z-10 lg:static">
          <div className="mx-auto max-w-3xl px-4 pb-2">
            <Toasts />
          </div>
          <nav
            aria-label={t("nav.title")}
            className="flex border-t border-line bg-card pb-[env(safe-area-inset-bottom)] lg:hidden"
          >
            {places.filter(isOnBar).map(({ to, name, icon }) => (
              <Link
                key={to}
                to={to}
                // A long name takes of the room that short ones leave.
                className="flex min-h-16 flex-auto flex-col items-center justify-center gap-0.5 px-0.5 text-center text-xs font-medium wrap-anywhere"
                activeProps={{ className: "text-brand" }}
                inactiveProps={{ className: "text-soft" }}
                activeOptions={{ exact: to === "/" }}
              >
                <Icon name={icon} /> {t(name)}
              </Link>
            ))}
          </nav>
        </div>
      </div>
    </div>
  );
}

/** Ends the session as somebody else. Only who signs in is somebody again: this device may be in their hands by now. */
function StopActing() {
  const queries = useQueryClient();
  const stop = useMutation({
    mutationFn: () => call("post", "/api/auth/logout"),
    onSuccess: () => {
      forgetPerson(queries);
      location.assign("/sign-in");
    },
    onError: error => toast("bad", wordsOf(error)),
  });
  return (
    <Button look="quiet" className="min-h-11" busy={stop.isPending} onClick={() => stop.mutate()}>
      {t("nav.stopActing")}
    </Button>
  );
}

/** Follows what changes elsewhere, once the page is there: the first page need not wait for what does that. */
function keepCurrent(queries: QueryClient): () => void {
  let isOver = false;
  let stop: (() => void) | undefined;
  // Without it pages are as current as when they were opened.
  const follow = import("@/api/stream").catch(() => undefined);
  void follow.then(stream => {
    if (!isOver) stop = stream?.followChanges(queries);
  });
  return () => {
    isOver = true;
    stop?.();
  };
}

/** Says that there is no line, for as long as there is none. */
function OfflineBar() {
  if (useSyncExternalStore(onLine, hasLine)) return null;
  return (
    <p
      role="status"
      className="flex items-center justify-center gap-2 bg-warn-soft px-4 py-2 text-sm font-medium text-warn"
    >
      <Icon name="offline" className="size-5" /> {t("nav.offline")}
    </p>
  );
}

import type { newRouter } from "./router";

const canKeep = "serviceWorker" in navigator && !import.meta.env.DEV;

/** Keeps the shell for times without a line, and lets a new release take over between two pages: what somebody has in
 * hand is finished in the release that it was begun in. */
export function keepShell(router: ReturnType<typeof newRouter>): void {
  if (!canKeep) return;
  const workers = navigator.serviceWorker;
  // The first worker takes over a page that has everything it needs already.
  let isReplaced = workers.controller !== null;
  let isStale = false;
  workers.addEventListener("controllerchange", () => {
    isStale = isReplaced;
    isReplaced = true;
  });
  router.subscribe("onBeforeNavigate", ({ toLocation, pathChanged }) => {
    if (isStale && pathChanged) location.assign(toLocation.href);
  });
  // Not before the page is there: a browser whose old worker is asked for files lets it go on.
  router.subscribe("onResolved", () => {
    void workers.getRegistration().then(found => found?.waiting?.postMessage("take-over"));
  });
}

/** Has the files of the shell fetched for times without a line. Once the first page is drawn: they would take its line. */
export function fetchShell(): void {
  if (!canKeep) return;
  // A browser that allows none works as well, as long as there is a line.
  void navigator.serviceWorker.register("/sw.js").catch(() => undefined);
}

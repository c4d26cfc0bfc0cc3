// The shell of the console, for when there is no line. Answers of the API are never in it: they are somebody's.
const FILES = __FILES__;
const CACHE = `shell-${__VERSION__}`;
const NOT_OURS = /^\/(api|uploads|health|ping)(\/|$)/;

self.addEventListener("install", event => {
  // What is never in it need not wake this worker, where the browser can be told so.
  event.addRoutes?.(
    ["/api/*", "/uploads/*"].map(pathname => ({ condition: { urlPattern: { pathname } }, source: "network" })),
  );
  event.waitUntil(
    caches.open(CACHE).then(cache => cache.addAll(FILES.map(file => new Request(file, { cache: "reload" })))),
  );
});

self.addEventListener("activate", event => {
  const forget = names => Promise.all(names.filter(name => name !== CACHE).map(name => caches.delete(name)));
  event.waitUntil(
    caches
      .keys()
      .then(forget)
      .then(() => self.clients.claim()),
  );
});

// The page asks for it when nobody is in the middle of something.
self.addEventListener("message", event => {
  if (event.data === "take-over") self.skipWaiting();
});

self.addEventListener("fetch", event => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin || NOT_OURS.test(url.pathname)) return;
  const wanted = event.request.mode === "navigate" ? "/" : url.pathname;
  event.respondWith(
    caches
      .open(CACHE)
      .then(cache => cache.match(wanted))
      .then(kept => kept ?? fetch(event.request)),
  );
});

import type { QueryClient } from "@tanstack/react-query";
import { type Change, Refresher } from "./changes";
import { saySignedOut } from "./client";
import { meQuery } from "./session";

const STREAM = "/api/stream";
/** The lock, and the channel, by which the tabs of a browser share one stream: a person has three. */
const SHARED = "changes";
const POLL_MS = 60_000;
const AGAIN_MS = 5_000;
const SETTLE_MS = 1_000;

type Said = { change: Change } | { all: number };

/** Keep what is shown current, also after changes that were made elsewhere, until the function that is returned is
 * called. Where a stream cannot be held, everything is asked for anew from time to time. */
export function followChanges(queries: QueryClient): () => void {
  const refresher = new Refresher(queries);
  const channel = new BroadcastChannel(SHARED);
  const over = new AbortController();
  const hear = (said: Said) => ("change" in said ? refresher.change(said.change) : refresher.all(said.all));
  channel.onmessage = ({ data }) => hear(data);
  const tell = (said: Said) => {
    hear(said);
    channel.postMessage(said);
  };
  // Only a page of a safe address has locks; elsewhere each tab has a stream of its own.
  if (navigator.locks) {
    navigator.locks
      .request(SHARED, { signal: over.signal }, () => hold(queries, tell, over.signal))
      // Whoever waits for its turn when it is over is told so by a rejection.
      .catch(() => undefined);
  } else void hold(queries, tell, over.signal);
  return () => {
    over.abort();
    channel.close();
    refresher.stop();
  };
}

/** Listens until it is over: to one stream after another, with a pause between two. */
async function hold(queries: QueryClient, tell: (said: Said) => void, over: AbortSignal): Promise<void> {
  let refusals = 0;
  while (!over.aborted) {
    const end = await listen(tell, over);
    refusals = end === "refused" ? refusals + 1 : 0;
    // Whoever signs out here hears of it from the stream first.
    await pause(SETTLE_MS, over);
    if (over.aborted) return;
    // A session that has run out is renewed by this.
    const me = await queries.fetchQuery({ ...meQuery, staleTime: 0 }).catch(() => undefined);
    if (me === null) return saySignedOut();
    tell({ all: Date.now() });
    // The first refusal may have been of a session that is renewed now; of a person's devices, three may listen.
    await pause(end === "replaced" || refusals > 1 ? POLL_MS : AGAIN_MS, over);
  }
}

type End = "over" | "refused" | "replaced";

/** One stream; resolves with how it ended: it is over, it could not be opened, or another device took its place. */
function listen(tell: (said: Said) => void, over: AbortSignal): Promise<End> {
  return new Promise(done => {
    const source = new EventSource(STREAM);
    let openedAt = Date.now();
    let isFirst = true;
    const end = (how: End) => {
      source.close();
      over.removeEventListener("abort", stop);
      done(how);
    };
    const stop = () => end("over");
    over.addEventListener("abort", stop);
    source.addEventListener("open", () => {
      // What was read while the browser connected anew may have changed meanwhile; at first there was nothing before.
      if (!isFirst) openedAt = Date.now();
      isFirst = false;
    });
    source.addEventListener("change", ({ data }) => tell({ change: JSON.parse(data) }));
    source.addEventListener("refresh", () => tell({ all: openedAt }));
    source.addEventListener("end", ({ data }) => end(JSON.parse(data).reason === "replaced" ? "replaced" : "over"));
    source.addEventListener("error", () => {
      // Else the browser connects anew by itself.
      if (source.readyState === EventSource.CLOSED) end("refused");
    });
  });
}

function pause(milliseconds: number, over: AbortSignal): Promise<void> {
  return new Promise(done => {
    const timer = setTimeout(done, milliseconds);
    over.addEventListener("abort", () => {
      clearTimeout(timer);
      done();
    });
  });
}

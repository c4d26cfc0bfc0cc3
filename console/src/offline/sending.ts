import type { QueryClient } from "@tanstack/react-query";
import { call } from "@/api/client";
import { Unreachable } from "@/lib/problem";
import { database } from "./database";
import { type Post, sendInTurn } from "./outbox";

// The browser says when the line is back, but not when it is back and was never said to be gone.
const EVERY_MS = 20_000;
// A line that breaks unnoticed would hold the turn of all tabs.
const PATIENCE_MS = 60_000;

/** The key of all queries about what is on this phone. */
export const ON_PHONE = "on-phone";
const HANDED = [ON_PHONE, "handed"];

type Change = "this phone" | "everything";

/** Send what waits now, and have every page of every tab read again what that changes. */
export async function sendNow(queries: QueryClient, staffId: string, { waits = true } = {}): Promise<void> {
  const isDecided = await sendInTurn(await database(), staffId, postAs(staffId), { waits });
  if (isDecided) await readAgain(queries, "everything");
  // What another tab was told may have been said while this one was frozen.
  else await queries.invalidateQueries({ queryKey: HANDED });
}

/** Have every page of every tab read again what is on this phone, or everything. */
export async function readAgain(queries: QueryClient, change: Change = "this phone"): Promise<void> {
  const others = new BroadcastChannel(ON_PHONE);
  others.postMessage(change);
  others.close();
  await readHere(queries, change);
}

function readHere(queries: QueryClient, change: Change): Promise<void> {
  return queries.invalidateQueries(change === "everything" ? {} : { queryKey: [ON_PHONE] });
}

/** Go on sending what waits for as long as somebody is signed in; returns what stops that. */
export function keepSending(queries: QueryClient, staffId: string): () => void {
  const send = () => void sendNow(queries, staffId);
  const timer = setInterval(() => void sendNow(queries, staffId, { waits: false }), EVERY_MS);
  const others = new BroadcastChannel(ON_PHONE);
  others.addEventListener("message", ({ data }) => void readHere(queries, data));
  addEventListener("online", send);
  document.addEventListener("visibilitychange", send);
  send();
  return () => {
    clearInterval(timer);
    others.close();
    removeEventListener("online", send);
    document.removeEventListener("visibilitychange", send);
  };
}

/** Sends as somebody. Whoever signed in meanwhile in another tab hands in nothing in the place of that person. */
function postAs(staffId: string): Post {
  return async (body, key) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const { data } = await call("get", "/api/auth/me", { signal });
    if (data.id !== staffId) throw new Unreachable();
    return (await call("post", "/api/repayments/collection-sheet", { body, key, signal })).data;
  };
}

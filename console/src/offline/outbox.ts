import { Problem } from "@/lib/problem";
import type { Database, Handed, Outcome, SheetBody } from "./database";

/** Sends a sheet under a key; rejects with a Problem. */
export type Post = (body: SheetBody, key: string) => Promise<Outcome>;

/** Statuses after which the same sheet may be taken: nobody answered, not now, not signed in, or it is being taken. */
const SEND_AGAIN = new Set([0, 401, 408, 409, 425, 429]);

/** All that somebody has handed in on this phone and not seen the end of, the earliest first. */
export async function handedBy(db: Database, staffId: string): Promise<Handed[]> {
  const all = await db.getAllFromIndex("outbox", "staffId", staffId);
  return all.sort((one, other) => one.handedInAt.localeCompare(other.handedInAt));
}

/** Hand a sheet in: from now on it waits to be sent, and what was entered is no draft any more. Both or neither. */
export async function handIn(db: Database, handed: Handed): Promise<void> {
  const change = db.transaction(["outbox", "drafts"], "readwrite");
  await Promise.all([
    change.objectStore("outbox").add(handed),
    change.objectStore("drafts").delete([handed.staffId, handed.on, handed.unionId]),
    change.done,
  ]);
}

/** Send what waits, the earliest first; returns whether something was decided.
 *
 * What comes back unanswered stays as it is and is sent again, under the key that makes it be recorded once. To be
 * called under the lock of `sendInTurn`: two that send at once are safe, and wasteful. */
export async function sendWaiting(db: Database, staffId: string, post: Post): Promise<boolean> {
  let isDecided = false;
  for (const handed of await handedBy(db, staffId)) {
    if (handed.state.is !== "waiting") continue;
    const state = await attempt(handed, handed.state.tries, post);
    await settle(db, handed.id, state);
    if (state.is === "waiting") break;
    isDecided = true;
  }
  return isDecided;
}

async function attempt(handed: Handed, tries: number, post: Post): Promise<Handed["state"]> {
  try {
    return { is: "answered", outcome: await post(handed.body, handed.id) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (SEND_AGAIN.has(error.status) || error.status >= 500) return { is: "waiting", tries: tries + 1 };
    return { is: "refused", message: error.message, code: error.code };
  }
}

/** Write down what became of a sheet; what was decided stays decided, whoever else was told less. */
async function settle(db: Database, id: string, state: Handed["state"]): Promise<void> {
  const change = db.transaction("outbox", "readwrite");
  const now = await change.store.get(id);
  if (now?.state.is === "waiting") await change.store.put({ ...now, state });
  await change.done;
}

/** Somebody has seen what became of a sheet, so it need not be kept. One that waits stays. */
export async function dismiss(db: Database, id: string): Promise<void> {
  const change = db.transaction("outbox", "readwrite");
  const handed = await change.store.get(id);
  if (handed && handed.state.is !== "waiting") await change.store.delete(id);
  await change.done;
}

/** Send in turn with the other tabs: one sends at a time. Whoever `waits` for its turn looks again then, for what began
 * before may have tried in vain already; the others leave it to the one that sends. */
export async function sendInTurn(
  db: Database,
  staffId: string,
  post: Post,
  { waits, locks = navigator.locks }: { waits: boolean; locks?: LockManager },
): Promise<boolean> {
  return locks.request("outbox", { ifAvailable: !waits }, async lock =>
    lock ? await sendWaiting(db, staffId, post) : false,
  );
}

import "fake-indexeddb/auto";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { Problem, Unreachable } from "@/lib/problem";
import { type Database, database, type Handed, type Outcome } from "./database";
import { dismiss, handedBy, handIn, sendInTurn, sendWaiting } from "./outbox";

const STAFF = "officer";
let db: Database;

beforeEach(async () => {
  db = await database("outbox-test");
  await db.clear("outbox");
});

function sheet(id: string, staffId = STAFF): Handed {
  return {
    id,
    staffId,
    unionId: `union-${id}`,
    unionName: "Market Women",
    on: "2026-03-11",
    handedInAt: `2026-03-11T10:00:00.${id.padStart(3, "0")}Z`,
    names: {},
    body: { unionId: `union-${id}`, cashHandedOver: "0.00", lines: [] },
    state: { is: "waiting", tries: 0 },
  };
}

/** What may become of one attempt. In the last two the platform has recorded the sheet, and the phone does not know. */
type Fate = "answered" | "refused" | "no line" | "signed out" | "busy" | "answer lost" | "killed";

class Killed extends Error {}

/** The platform as it keeps its promise: under one key a sheet is recorded once, and answered alike for ever. */
class Platform {
  readonly recorded = new Map<string, number>();
  readonly refused = new Set<string>();
  /** What some tab has got an answer to. */
  readonly answered = new Set<string>();

  constructor(private readonly fate: () => Fate) {}

  readonly post = async (_body: unknown, key: string): Promise<Outcome> => {
    const fate = this.fate();
    if (fate === "no line") throw new Unreachable();
    if (fate === "signed out") throw new Problem(401, "Sign in", "sign-in-required");
    if (fate === "busy") throw new Problem(503, "Later", "unavailable");
    if (this.refused.has(key) || (fate === "refused" && !this.recorded.has(key))) {
      this.refused.add(key);
      this.answered.add(key);
      throw new Problem(400, "The cash differs", "cash-differs");
    }
    this.recorded.set(key, 1);
    if (fate === "answer lost") throw new Unreachable();
    if (fate === "killed") throw new Killed();
    this.answered.add(key);
    return { unionId: key } as unknown as Outcome;
  };
}

const FATES: Fate[] = ["answered", "refused", "no line", "signed out", "busy", "answer lost", "killed"];
const step = fc.oneof(
  { weight: 2, arbitrary: fc.constant("hand in" as const) },
  { weight: 4, arbitrary: fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 4 }) },
  // Two tabs that send at once, in spite of the lock.
  { weight: 1, arbitrary: fc.record({ one: fc.constantFrom(...FATES), other: fc.constantFrom(...FATES) }) },
);

/** One run of sending; a phone that was killed in it starts again later. */
async function run(platform: Platform): Promise<void> {
  await sendWaiting(db, STAFF, platform.post).catch(error => {
    if (!(error instanceof Killed)) throw error;
  });
}

test("whatever is lost, killed or said twice: nothing vanishes, and nothing is sent under two keys", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async steps => {
      await db.clear("outbox");
      const fates: Fate[] = [];
      const platform = new Platform(() => fates.shift() ?? "answered");
      const ids: string[] = [];
      for (const each of steps) {
        if (each === "hand in") {
          ids.push(String(ids.length));
          await handIn(db, sheet(String(ids.length - 1)));
        } else if (Array.isArray(each)) {
          fates.splice(0, fates.length, ...each);
          await run(platform);
        } else {
          fates.splice(0, fates.length, each.one, each.other);
          await Promise.all([run(platform), run(platform)]);
        }
        const kept = await handedBy(db, STAFF);
        expect(kept.map(({ id }) => id)).toEqual(ids);
        for (const { id, state } of kept) {
          if (state.is === "answered") expect(platform.recorded.get(id)).toBe(1);
          if (state.is === "refused") expect(platform.recorded.has(id)).toBe(false);
          // Also when another tab, which got no answer, writes later.
          if (platform.answered.has(id)) expect(state.is).not.toBe("waiting");
        }
      }
      // The line holds at last: all is decided, and every sheet is recorded or refused, never both.
      fates.length = 0;
      await run(platform);
      for (const { id, state } of await handedBy(db, STAFF)) {
        expect(state.is).toBe(platform.recorded.has(id) ? "answered" : "refused");
      }
    }),
    { numRuns: 150 },
  );
}, 60_000);

test("what was handed in is no draft any more", async () => {
  const handed = sheet("1");
  const key: [string, string, string] = [STAFF, handed.on, handed.unionId];
  await db.put("drafts", { key, entries: {}, cash: {} });
  await handIn(db, handed);
  expect(await db.get("drafts", key)).toBeUndefined();
});

test("somebody else on the same phone neither sees nor sends it", async () => {
  await handIn(db, sheet("1"));
  const platform = new Platform(() => "answered");
  expect(await handedBy(db, "another")).toEqual([]);
  await sendWaiting(db, "another", platform.post);
  expect(platform.recorded.size).toBe(0);
});

test("what waits cannot be dismissed, what was decided can", async () => {
  await handIn(db, sheet("1"));
  await dismiss(db, "1");
  expect(await handedBy(db, STAFF)).toHaveLength(1);
  await run(new Platform(() => "answered"));
  await dismiss(db, "1");
  expect(await handedBy(db, STAFF)).toEqual([]);
});

test("what waits for its turn sends what the one before could not; what does not wait leaves it to that one", async () => {
  await handIn(db, sheet("1"));
  const sending = gate();
  const breaking = gate();
  const before = sendInTurn(
    db,
    STAFF,
    async () => {
      sending.open();
      await breaking.isOpen;
      throw new Unreachable();
    },
    { waits: false },
  );
  await sending.isOpen;
  const platform = new Platform(() => "answered");
  expect(await sendInTurn(db, STAFF, platform.post, { waits: false })).toBe(false);
  expect(platform.recorded.size).toBe(0);
  const after = sendInTurn(db, STAFF, platform.post, { waits: true });
  breaking.open();
  expect([await before, await after]).toEqual([false, true]);
  expect(platform.recorded.get("1")).toBe(1);
});

function gate() {
  let open = () => {};
  const isOpen = new Promise<void>(resolve => {
    open = resolve;
  });
  return { open: () => open(), isOpen };
}

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Body, Data } from "@/api/types";
import type { Kobo } from "@/lib/money";

export type Sheet = Data<"/api/repayments/collection-sheet", "get">;
export type SheetBody = Body<"/api/repayments/collection-sheet", "post">;
export type Outcome = Data<"/api/repayments/collection-sheet", "post">;

/** What was entered for a loan; an amount of null means that nothing was, which is not the same as nothing paid. It has
 * the key that it is recorded by from the beginning: two tabs that hand in the same draft hand in the same payments. */
export type Entry = { amount: Kobo | null; isAbsent: boolean; key: string };

/** Whose, of which day, and of which union. */
export type SheetKey = [staffId: string, on: string, unionId: string];

/** What was entered and not handed in yet: by loan, and how many there are of each note and coin. */
export type Draft = { key: SheetKey; entries: Record<string, Entry>; cash: Record<string, number> };

/** A sheet as it was given out, kept for when there is no line. */
export type KeptSheet = { key: SheetKey; sheet: Sheet };

/** A sheet that was handed in: it waits, or it was answered, or all of it was refused. It stays until somebody has seen
 * what became of it. `id` is also the key by which the platform records it once. */
export type Handed = {
  id: string;
  staffId: string;
  unionId: string;
  unionName: string;
  on: string;
  handedInAt: string;
  names: Record<string, string>;
  body: SheetBody;
  state:
    | { is: "waiting"; tries: number }
    | { is: "answered"; outcome: Outcome }
    | { is: "refused"; message: string; code: string };
};

interface Kept extends DBSchema {
  sheets: { key: SheetKey; value: KeptSheet };
  drafts: { key: SheetKey; value: Draft };
  outbox: { key: string; value: Handed; indexes: { staffId: string } };
}

export type Database = IDBPDatabase<Kept>;

const VERSION = 1;
let opened: Promise<Database> | null = null;

/** The database of this phone. What is in it belongs to whose key it has; nobody else is shown it. */
export function database(name = "console"): Promise<Database> {
  opened ??= openDB<Kept>(name, VERSION, {
    upgrade(db) {
      db.createObjectStore("sheets", { keyPath: "key" });
      db.createObjectStore("drafts", { keyPath: "key" });
      db.createObjectStore("outbox", { keyPath: "id" }).createIndex("staffId", "staffId");
    },
    // Another tab has a newer release: it must not wait for this one.
    blocking: (_old, _new, event) => (event.target as IDBDatabase).close(),
  });
  return opened;
}

/** Everything between the least and the greatest key of somebody. */
export function ownedBy(staffId: string): IDBKeyRange {
  return IDBKeyRange.bound([staffId], [staffId, []]);
}

import { call } from "@/api/client";
import { Problem } from "@/lib/problem";
import { type Database, type Draft, database, type KeptSheet, ownedBy, type Sheet, type SheetKey } from "./database";

/** The sheet of a union for a day, as it is now; without a line as it was when it was last read. */
export async function readSheet(key: SheetKey): Promise<Sheet> {
  const [, on, unionId] = key;
  const db = await database();
  try {
    const { data } = await call("get", "/api/repayments/collection-sheet", { query: { unionId, on } });
    await db.put("sheets", { key, sheet: data });
    return data;
  } catch (error) {
    const kept = error instanceof Problem && error.isPassing ? await db.get("sheets", key) : undefined;
    if (kept) return kept.sheet;
    throw error;
  }
}

/** Fetch all sheets of somebody's day ahead, and forget those of other days. */
export async function fetchAhead(staffId: string, on: string): Promise<void> {
  const { data } = await call("get", "/api/repayments/collection-sheets", { query: { on } });
  await keepSheets(await database(), staffId, on, data);
}

/** Keep these sheets, and no others, of somebody's. */
export async function keepSheets(db: Database, staffId: string, on: string, sheets: Sheet[]): Promise<void> {
  const change = db.transaction("sheets", "readwrite");
  await change.store.delete(ownedBy(staffId));
  for (const sheet of sheets) await change.store.put({ key: [staffId, on, sheet.union.id], sheet });
  await change.done;
}

/** The sheets that are kept for somebody. */
export async function keptSheets(staffId: string): Promise<KeptSheet[]> {
  return (await database()).getAll("sheets", ownedBy(staffId));
}

/** What was entered on a sheet before; nothing at first. */
export async function readDraft(key: SheetKey): Promise<Draft> {
  return (await (await database()).get("drafts", key)) ?? { key, entries: {}, cash: {} };
}

export async function keepDraft(draft: Draft): Promise<void> {
  await (await database()).put("drafts", draft);
}

/** Take the names of members off this phone; what was entered or handed in stays for whom it belongs to. */
export async function forgetSheets(staffId: string): Promise<void> {
  await (await database()).delete("sheets", ownedBy(staffId));
}

import type { Query, QueryClient, QueryKey } from "@tanstack/react-query";

/** The name of something that changed, as the platform says it: of which kind, which one, and of which union. */
export type Change = { kind: string; id: string; how: string; unionId: string | null };

/** By the kind of what changed, the paths whose answers may be others then. What no pattern names stays as it is. */
const SHOWN_BY: Readonly<Record<string, RegExp>> = {
  loan: /^\/api\/(loans(?!\/schedule-preview)|schedules|repayments|reports\/\{name\}|unions\/\{union_id\}\/stats|union-members\/\{member_id\}\/)/,
  sheet: /^\/api\/(repayments|union-members\/\{member_id\}\/record|reports\/\{name\})/,
  union: /^\/api\/(unions|union-members|loans(?!\/schedule-preview)|repayments|reports\/(\{name\}|officers))/,
  member: /^\/api\/(union-members|loans(?!\/schedule-preview)|repayments|unions)/,
  user: /^\/api\/(users|reports\/(\{name\}|officers)|unions|repayments)/,
  loanType: /^\/api\/loan-types/,
  documentType: /^\/api\/documents\/types/,
  settings: /^(look$|\/api\/settings)/,
};
/** The parameter of a path by which an answer is about one thing alone, by the kind of the thing. */
const ONE_OF: Readonly<Record<string, string>> = { loan: "loan_id", union: "union_id", member: "member_id" };

/** Whether the answer to what a query asked may be another one after a change. */
export function concerns({ kind, id, unionId }: Change, [path, parameters]: QueryKey): boolean {
  if (typeof path !== "string" || !SHOWN_BY[kind]?.test(path)) return false;
  const about = (parameters ?? {}) as Record<string, unknown>;
  const one = about[ONE_OF[kind] ?? ""];
  if (one !== undefined) return one === id;
  return about.union_id === undefined || unionId === null || about.union_id === unionId;
}

const PAUSE_MS = 300;
const GAP_MS = 4_000;

/** Has what is on the screen asked for anew when it may have changed; once for many changes that come together. */
export class Refresher {
  private changes: Change[] = [];
  /** What was read before this moment may have changed in any way. */
  private doubtful = 0;
  private last = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly queries: QueryClient) {}

  /** One thing changed. */
  change(change: Change): void {
    this.changes.push(change);
    this.soon();
  }

  /** Anything that was read before a moment may have changed. */
  all(readBefore: number = Date.now()): void {
    this.doubtful = Math.max(this.doubtful, readBefore);
    this.soon();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.changes = [];
  }

  private soon(): void {
    this.timer ??= setTimeout(() => this.refresh(), Math.max(PAUSE_MS, this.last + GAP_MS - Date.now()));
  }

  private refresh(): void {
    const { changes, doubtful } = this;
    this.timer = undefined;
    this.last = Date.now();
    this.changes = [];
    this.doubtful = 0;
    const isOld = ({ queryKey, state }: Query) =>
      state.dataUpdatedAt < doubtful || changes.some(change => concerns(change, queryKey));
    void this.queries.invalidateQueries({ predicate: isOld });
  }
}

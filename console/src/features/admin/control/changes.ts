/** A fact of something before and after somebody did something to it; null where it was not there. */
export type Change = { name: string; before: string | null; after: string | null; isChanged: boolean };

/** The facts of two records, those that differ first, each group by name. Facts within facts are named by their way:
 * "address.city". */
export function changesOf(before: unknown, after: unknown): Change[] {
  const [was, is] = [flat(before), flat(after)];
  const names = [...new Set([...was.keys(), ...is.keys()])].sort();
  const all = names.map(name => {
    const [old, now] = [was.get(name) ?? null, is.get(name) ?? null];
    return { name, before: old, after: now, isChanged: old !== now };
  });
  return [...all.filter(({ isChanged }) => isChanged), ...all.filter(({ isChanged }) => !isChanged)];
}

function flat(record: unknown, way = "", found = new Map<string, string>()): Map<string, string> {
  if (isRecord(record)) {
    for (const [name, value] of Object.entries(record)) flat(value, way ? `${way}.${name}` : name, found);
  } else if (way) {
    found.set(way, shown(record));
  }
  return found;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

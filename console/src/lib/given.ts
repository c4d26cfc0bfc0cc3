type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** What of these is given at all: what is undefined is left out. */
export function given<T extends object>(values: T): Given<T> {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as Given<T>;
}

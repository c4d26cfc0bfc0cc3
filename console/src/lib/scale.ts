/** Where the lines of a chart are drawn across: round numbers, at most `most` of them, from 0 or below to above all
 * values. */
export function ticks(values: readonly number[], most = 5): number[] {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  if (low === high) return [0, 1];
  const step = roundStep((high - low) / (most - 1));
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  return Array.from({ length: last - first + 1 }, (_, number) => (first + number) * step);
}

/** The smallest of 1, 2, 2.5 and 5, times a power of ten, that is no smaller. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return ([1, 2, 2.5, 5].find(factor => factor * power >= step) ?? 10) * power;
}

/** Which of `count` labels there is room for: evenly spaced, the first of them among them. */
export function shownLabels(count: number, room: number): number[] {
  const every = Math.max(1, Math.ceil(count / Math.max(1, room)));
  return Array.from({ length: Math.ceil(count / every) }, (_, number) => number * every);
}

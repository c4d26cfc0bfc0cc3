/** Whether there is a line to the platform. The browser knows that there is none at all; that one leads nowhere, only who
 * asks and hears nothing. */
let isAnswered = true;
const listeners = new Set<() => void>();
const SAID = ["online", "offline"] as const;

export function hasLine(): boolean {
  return navigator.onLine && isAnswered;
}

/** Say whether a request was answered. */
export function noteAnswer(answered: boolean): void {
  if (answered === isAnswered) return;
  isAnswered = answered;
  for (const listener of listeners) listener();
}

/** Call `listener` whenever that may have changed; returns what stops that. */
export function onLine(listener: () => void): () => void {
  listeners.add(listener);
  for (const event of SAID) addEventListener(event, listener);
  return () => {
    listeners.delete(listener);
    for (const event of SAID) removeEventListener(event, listener);
  };
}

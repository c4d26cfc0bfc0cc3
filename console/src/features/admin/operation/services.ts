/** The parts of the platform that answer for themselves. */
export const SERVICES = ["identity", "membership", "lending", "payments", "reporting", "notifications"] as const;
export type Service = (typeof SERVICES)[number];

type State = {
  unpublished: number;
  unpublishedSeconds: number;
  deferred: number;
  queued: number | null;
  deadLetters: number | null;
};
export type Health = "good" | "slow" | "failing" | "unknown";

// What others wait for longer than this, people notice.
const SLOW_SECONDS = 60;
const MANY_QUEUED = 1000;

/** How a service is, from what waits in it: `failing` where something was given up, `slow` where much waits or for long,
 * `unknown` where the broker does not say. */
export function healthOf({ unpublishedSeconds, deferred, queued, deadLetters }: State): Health {
  if (deadLetters) return "failing";
  if (queued === null || deadLetters === null) return "unknown";
  return unpublishedSeconds > SLOW_SECONDS || deferred > 0 || queued > MANY_QUEUED ? "slow" : "good";
}

import { expect, test } from "vitest";
import { healthOf } from "./services";

const FINE = { unpublished: 0, unpublishedSeconds: 0, deferred: 0, queued: 3, deadLetters: 0 };

test.each([
  [FINE, "good"],
  [{ ...FINE, unpublished: 40, unpublishedSeconds: 61 }, "slow"],
  [{ ...FINE, deferred: 1 }, "slow"],
  [{ ...FINE, queued: 1001 }, "slow"],
  [{ ...FINE, deferred: 1, deadLetters: 2 }, "failing"],
  // What is not known is not fine.
  [{ ...FINE, queued: null, deadLetters: null }, "unknown"],
])("%o is %s", (state, health) => {
  expect(healthOf(state)).toBe(health);
});

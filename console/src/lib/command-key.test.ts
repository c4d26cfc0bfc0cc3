import { expect, test } from "vitest";
import { CommandKey } from "./command-key";
import { Problem, Unreachable } from "./problem";

test.each([new Unreachable(), new Problem(504, "", "gateway-timeout"), new Problem(408, "", "request-timeout")])(
  "what may be done is sent again under its key",
  error => {
    const key = new CommandKey();
    const before = key.current;
    key.failed(error);
    expect(key.current).toBe(before);
  },
);

test.each([new Problem(400, "", "validation-failed"), new Problem(409, "", "conflict"), new Error("nothing was sent")])(
  "what was refused is another command when it is sent again",
  error => {
    const key = new CommandKey();
    const before = key.current;
    key.failed(error);
    expect(key.current).not.toBe(before);
  },
);

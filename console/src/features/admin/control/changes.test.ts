import { expect, test } from "vitest";
import { changesOf } from "./changes";

test("what differs comes first, and what is only in one record is null in the other", () => {
  const before = { name: "Ada", phone: "1", role: "ADMIN" };
  const after = { name: "Ada", role: "SUPERVISOR", address: "Lagos" };
  expect(changesOf(before, after)).toEqual([
    { name: "address", before: null, after: "Lagos", isChanged: true },
    { name: "phone", before: "1", after: null, isChanged: true },
    { name: "role", before: "ADMIN", after: "SUPERVISOR", isChanged: true },
    { name: "name", before: "Ada", after: "Ada", isChanged: false },
  ]);
});

test("facts within facts are compared one by one", () => {
  expect(changesOf({ theme: { light: "a", dark: "b" } }, { theme: { light: "a", dark: "c" } })[0]).toEqual({
    name: "theme.dark",
    before: "b",
    after: "c",
    isChanged: true,
  });
});

test.each([null, undefined, {}, "text"])("no record has no facts: %s", nothing => {
  expect(changesOf(nothing, nothing)).toEqual([]);
});

test("null, false, zero and lists are told apart", () => {
  expect(changesOf({ a: null, b: 0, c: [] }, { a: false, b: "0", c: [1] }).map(({ after }) => after)).toEqual([
    "false",
    "[1]",
    "0",
  ]);
});

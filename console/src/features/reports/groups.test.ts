import { expect, test } from "vitest";
import { grouped } from "./groups";

test("every report of the catalogue is in one group, also one that is new", () => {
  const reports = ["income", "something-new", "arrears-list"].map(name => ({ name }));
  expect(grouped(reports).map(({ title, reports }) => [title, reports.map(each => each.name)])).toEqual([
    ["reports.safe", ["arrears-list"]],
    ["reports.comesIn", ["income"]],
    ["reports.others", ["something-new"]],
  ]);
});

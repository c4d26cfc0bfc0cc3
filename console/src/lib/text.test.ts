import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { t, tOf } from "./text";

const SOURCES = join(import.meta.dirname, "..");
const catalogue: Record<string, string> = JSON.parse(readFileSync(join(SOURCES, "locales", "en.json"), "utf-8"));
const code = readdirSync(SOURCES, { recursive: true, encoding: "utf-8" })
  .filter(name => /\.tsx?$/.test(name) && !name.endsWith(".test.ts"))
  .map(name => readFileSync(join(SOURCES, name), "utf-8"))
  .join("\n");

test("every text of the catalogue is used somewhere", () => {
  const prefixes = [...code.matchAll(/tOf\("([\w.]+)"|t\(`([\w.]+)\.\$/g)].map(([, of, made]) => `${of ?? made}.`);
  const unused = Object.keys(catalogue).filter(
    id => !code.includes(`"${id}"`) && !prefixes.some(prefix => id.startsWith(prefix)),
  );
  expect(unused).toEqual([]);
});

test("a text takes its values, in one and in many", () => {
  expect(t("unions.members", { count: 1 })).toBe("1 member");
  expect(t("unions.members", { count: 12 })).toBe("12 members");
  expect(t("unions.members", { count: 1200 })).toBe("1,200 members");
  expect(t("search.more", { shown: 1200 })).toBe("The first 1,200 are shown; more words find fewer.");
});

test("a value without words of its own is shown as it is", () => {
  expect(tOf("loan.status", "ACTIVE")).toBe("Running");
  expect(tOf("loan.status", "SOMETHING_NEW")).toBe("SOMETHING_NEW");
});

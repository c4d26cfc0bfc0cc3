import { readdirSync, readFileSync } from "node:fs";
import { join, normalize, relative } from "node:path";
import { expect, test } from "vitest";

/** Each folder may import from those after it, and none from those before. */
const LAYERS = ["main.tsx", "app", "features", "offline", "api", "ui", "lib", "locales"];
const SOURCES = join(import.meta.dirname, "..");
const IMPORT = /(?:from|import)\s*\(?\s*"((?:@\/|\.)[^"]+)(?<!\.css)"/g;

type Import = { from: string; to: string };

function imports(): Import[] {
  return readdirSync(SOURCES, { recursive: true, encoding: "utf-8" })
    .filter(name => /\.tsx?$/.test(name) && !name.includes(".test.") && !name.endsWith(".d.ts"))
    .flatMap(name => {
      const content = readFileSync(join(SOURCES, name), "utf-8");
      return [...content.matchAll(IMPORT)].map(([, path = ""]) => ({ from: name, to: resolved(name, path) }));
    });
}

function resolved(from: string, path: string): string {
  if (path.startsWith("@/")) return path.slice(2);
  return relative(SOURCES, normalize(join(SOURCES, from, "..", path)));
}

const layer = (path: string) => path.split("/")[0] ?? "";
const feature = (path: string) => path.split("/").slice(0, 2).join("/");

test("imports go downward only", () => {
  const upward = imports().filter(({ from, to }) => LAYERS.indexOf(layer(to)) < LAYERS.indexOf(layer(from)));
  expect(upward).toEqual([]);
});

test("no feature imports another one", () => {
  const sideways = imports().filter(
    ({ from, to }) => layer(from) === "features" && layer(to) === "features" && feature(from) !== feature(to),
  );
  expect(sideways).toEqual([]);
});

test("every folder has its place", () => {
  const folders = new Set(imports().flatMap(({ from }) => layer(from)));
  expect([...folders].filter(folder => !LAYERS.includes(folder))).toEqual([]);
});

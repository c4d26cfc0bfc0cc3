import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { partOf } from "../../build/catalogues";

const SOURCES = join(import.meta.dirname, "..");
const TEXT_ID = /"(\w+(?:\.\w+)+)"/g;
const IMPORT = /from "(@\/ui\/[\w-]+|\.\/[\w-]+)"/g;

type Source = { name: string; parts: Set<string>; used: string[] };

/** The sources of a folder by name, with the parts of the catalogue they say something of and what of `ui/` they use. */
function sourcesIn(folder: string): Map<string, Source> {
  const names = readdirSync(join(SOURCES, folder), { recursive: true, encoding: "utf8" });
  const sources = names.filter(name => /\.tsx?$/.test(name) && !name.includes(".test."));
  return new Map(sources.map(name => [join(folder, name), read(join(folder, name))]));
}

function read(name: string): Source {
  const code = readFileSync(join(SOURCES, name), "utf8");
  const parts = [...code.matchAll(TEXT_ID)].map(([, id = ""]) => partOf(id)).filter(part => part !== null);
  const used = [...code.matchAll(IMPORT)].map(([, from = ""]) => `${resolve(name, from)}.tsx`);
  return { name, parts: new Set(parts), used };
}

function resolve(name: string, from: string): string {
  return from.startsWith("@/") ? from.slice(2) : relative(SOURCES, join(SOURCES, dirname(name), from));
}

/** The parts of the catalogue that a source needs by what it uses of `ui/`, straight or through others of it. */
function neededBy(source: Source, ui: Map<string, Source>): Set<string> {
  const reached = new Set<Source>();
  const pending = source.used.flatMap(name => ui.get(name) ?? []);
  for (const each of pending) {
    if (!reached.has(each)) pending.push(...each.used.flatMap(name => ui.get(name) ?? []));
    reached.add(each);
  }
  return new Set([...reached].flatMap(each => [...each.parts]));
}

test("what all pages use says nothing that is only sent with some of them", () => {
  const ui = sourcesIn("ui");
  const features = sourcesIn("features");
  const partsOf = new Map<string, Set<string>>();
  for (const source of features.values()) {
    const folder = dirname(source.name);
    partsOf.set(folder, new Set([...(partsOf.get(folder) ?? []), ...source.parts]));
  }
  const absent = [...features.values()].flatMap(source =>
    [...neededBy(source, ui)]
      .filter(part => !partsOf.get(dirname(source.name))?.has(part))
      .map(part => `${source.name} uses texts of ${part}`),
  );
  expect(ui.size).toBeGreaterThan(10);
  expect(absent).toEqual([]);
});

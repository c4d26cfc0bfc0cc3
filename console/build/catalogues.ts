import { compileMessageOrThrow } from "@lingui/message-utils/compileMessage";
import type { Plugin } from "vite";
import { PSEUDO, pseudo } from "./pseudo.ts";

const CATALOGUE = /\/src\/locales\/[a-z-]+\.json(?:\?(\w+))?$/;
/** Parts of the catalogue, with the first words of their names, that are not sent before one of their pages is opened:
 * `en.json?admin` has the texts of a part, and `en.json` those of none. */
const PARTS = {
  admin: ["admin"],
  tour: ["tour"],
  person: ["person"],
  senior: [
    "filter",
    "decisions",
    "record",
    "decide",
    "reject",
    "payOut",
    "undo",
    "account",
    "reschedule",
    "team",
    "reports",
    "subscription",
    "jobs",
    "chart",
  ],
};

/** Compiles the messages of a catalogue while the console is built, so that no parser of messages is sent to phones. One
 * that cannot be read fails the build. */
export function catalogues(): Plugin {
  let isPseudo = false;
  return {
    name: "catalogues",
    enforce: "pre",
    configResolved({ mode }) {
      isPseudo = mode === PSEUDO;
    },
    transform(code, id) {
      const found = CATALOGUE.exec(id);
      if (!found) return null;
      const messages: Record<string, string> = JSON.parse(code);
      const compiled = Object.entries(messages)
        .filter(([key]) => partOf(key) === (found[1] ?? null))
        .map(([key, message]) => [
          key,
          isPseudo ? compileMessageOrThrow(message, pseudo) : compileMessageOrThrow(message),
        ]);
      const content = JSON.stringify(Object.fromEntries(compiled));
      // By its name with a query a part is no JSON to whoever builds.
      return found[1]
        ? { code: `export default ${content}`, map: null, moduleType: "js" }
        : { code: content, map: null };
    },
  };
}

/** The part of the catalogue that a text is sent with; null for what every page has. */
export function partOf(key: string): string | null {
  const first = key.split(".")[0] ?? "";
  return Object.entries(PARTS).find(([, words]) => words.includes(first))?.[0] ?? null;
}

import { compileMessage } from "@lingui/message-utils/compileMessage";
import type { Plugin } from "vite";

const CATALOGUE = /\/src\/locales\/[a-z-]+\.json(?:\?(\w+))?$/;
/** Parts of the catalogue, with the first words of their names, that are not sent before one of their pages is opened:
 * `en.json?admin` has the texts of a part, and `en.json` those of none. */
const PARTS = {
  admin: ["admin"],
  tour: ["tour"],
  senior: ["filter", "decisions", "record", "decide", "reject", "payOut", "team", "reports", "jobs", "chart"],
};

/** Compiles the messages of a catalogue while the console is built, so that no parser of messages is sent to phones. */
export function catalogues(): Plugin {
  return {
    name: "catalogues",
    enforce: "pre",
    transform(code, id) {
      const found = CATALOGUE.exec(id);
      if (!found) return null;
      const messages: Record<string, string> = JSON.parse(code);
      const compiled = Object.entries(messages)
        .filter(([key]) => partOf(key) === (found[1] ?? null))
        .map(([key, message]) => [key, compileMessage(message)]);
      const content = JSON.stringify(Object.fromEntries(compiled));
      // By its name with a query a part is no JSON to whoever builds.
      return found[1]
        ? { code: `export default ${content}`, map: null, moduleType: "js" }
        : { code: content, map: null };
    },
  };
}

function partOf(key: string): string | null {
  const first = key.split(".")[0] ?? "";
  return Object.entries(PARTS).find(([, words]) => words.includes(first))?.[0] ?? null;
}

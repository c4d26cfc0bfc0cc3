import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Plugin } from "vite";

const SOURCE = "src/sw.js";
const DESK =
  /\/src\/(features\/(account|admin|decisions|reschedules|team|reports)\/|locales\/[a-z-]+\.json\?(admin|senior)$)/;

/** Writes `/sw.js` with the names of the files that the shell needs, and a version that changes with them. */
export function serviceWorker(): Plugin {
  let root = "";
  return {
    name: "service-worker",
    apply: "build",
    configResolved(config) {
      root = config.root;
    },
    // Last of all: until then a file may be taken out again.
    generateBundle: {
      order: "post",
      async handler(_options, bundle) {
        const assets = Object.entries(bundle)
          .filter(([name, file]) => name.startsWith("assets/") && !name.endsWith(".map") && !isForDesks(file))
          .map(([name]) => name);
        const files = [
          "/",
          "/start.js",
          "/icon.svg",
          "/manifest.webmanifest",
          ...assets.sort().map(name => `/${name}`),
        ];
        const worker = await readFile(join(root, SOURCE), "utf-8");
        const version = await versionOf([worker, ...files], join(root, "public"));
        const source = worker
          .replace("__FILES__", JSON.stringify(files))
          .replace("__VERSION__", JSON.stringify(version));
        this.emitFile({ type: "asset", fileName: "sw.js", source });
      },
    },
  };
}

/** Whether nothing in a file is for people in the field: nobody manages an institution, or decides on loans, without a
 * line, and phones pay for what they keep. */
function isForDesks(file: { type: string; moduleIds?: string[] }): boolean {
  return (
    file.type === "chunk" && Boolean(file.moduleIds?.length) && Boolean(file.moduleIds?.every(id => DESK.test(id)))
  );
}

/** A version that is another one as soon as anything of the shell is. */
async function versionOf(words: string[], folder: string): Promise<string> {
  const hash = createHash("sha256").update(words.join());
  for (const name of (await readdir(folder)).sort()) hash.update(await readFile(join(folder, name)));
  return hash.digest("hex").slice(0, 12);
}

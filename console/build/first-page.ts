import type { HtmlTagDescriptor, Plugin, Rollup } from "vite";

const PAGE = /\/src\/features\/day\/page\.tsx$/;

/** Has the page of an officer's day fetched together with what every page needs: on a slow line it would otherwise be
 * asked for only when all else has come and been read. */
export function firstPage(): Plugin {
  return {
    name: "first-page",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle = {} }) {
        const page = Object.values(bundle).find(isPage);
        if (!page) throw new Error("The page of an officer's day is no file of its own.");
        return withImports(page.fileName, bundle)
          .filter(name => !html.includes(name))
          .map(preload);
      },
    },
  };
}

function isPage(file: Rollup.OutputBundle[string]): file is Rollup.OutputChunk {
  return file.type === "chunk" && PAGE.test(file.facadeModuleId ?? "");
}

function withImports(name: string, bundle: Rollup.OutputBundle, known = new Set<string>()): string[] {
  const file = bundle[name];
  if (known.has(name) || file?.type !== "chunk") return [];
  known.add(name);
  return [name, ...file.imports.flatMap(each => withImports(each, bundle, known))];
}

function preload(name: string): HtmlTagDescriptor {
  return { tag: "link", attrs: { rel: "modulepreload", crossorigin: true, href: `/${name}` }, injectTo: "head" };
}

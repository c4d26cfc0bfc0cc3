import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "vite";
import { expect, test } from "vitest";

const SOURCES = join(import.meta.dirname, "..");
const LETTER = /\p{L}/u;
/** What words for people look like elsewhere than between two tags: "Something", "Something else", "some words here.". */
const WORDS = /^\p{Lu}\p{Ll}+([ ,.:!?…’'].*)?$|\p{L}{2} \p{L}+.*[.!?…]$/su;
/** Attributes whose values are for the browser, and those that people hear or read. */
const FOR_BROWSERS = /^(className|autoComplete|d|viewBox|role|key|type|size)$/;
const FOR_PEOPLE = /^(aria-label|title|placeholder|alt|label)$/;
/** What is called with words for engineers, or by the names of things. */
const FOR_ENGINEERS = new Set(["Error", "Problem", "addEventListener", "getItem", "setItem"]);

/** Names that are the same in every language, and those by which the API knows things. */
const NAMES =
  /^(Android|Windows|Mac OS|Linux|Edg|Firefox|Chrome|Safari|Id|User|Union|Loan|Repayment|Document|Settings|Backup|System)$/;

type Node = { type: string; [field: string]: unknown };

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}

/** The words in a source that people would read or hear and that are not from the catalogue. */
function wordsIn(name: string, code: string): string[] {
  const { program, errors } = parseSync(name, code);
  if (errors.length) throw new Error(`${name}: ${errors[0]?.message}`);
  return [...wordsOf(program, false)].map(text => `${name}: ${text}`);
}

/** The words in a part of the syntax; `isShown` for what stands between two tags, where every letter is read. */
function* wordsOf(part: unknown, isShown: boolean): Generator<string> {
  if (Array.isArray(part)) {
    for (const each of part) yield* wordsOf(each, isShown);
  } else if (isNode(part)) {
    const pattern = isShown || part.type === "JSXText" ? LETTER : WORDS;
    const text = textOf(part)?.trim();
    if (text && pattern.test(text) && (isShown || !NAMES.test(text))) yield text;
    for (const [inside, isShownToo] of partsOf(part, isShown)) yield* wordsOf(inside, isShownToo);
  }
}

function textOf(node: Node): string | undefined {
  const value = node.type === "TemplateElement" ? (node.value as { cooked: string }).cooked : node.value;
  const isText = ["JSXText", "Literal", "TemplateElement"].includes(node.type);
  return isText && typeof value === "string" ? value : undefined;
}

/** What is inside of a node, and whether it is shown: nothing of what is only compared, named or for engineers. */
function partsOf(node: Node, isShown: boolean): [unknown, boolean][] {
  switch (node.type) {
    case "JSXAttribute":
      return FOR_BROWSERS.test(nameOf(node.name)) ? [] : [[node.value, FOR_PEOPLE.test(nameOf(node.name))]];
    case "JSXExpressionContainer":
      return [[node.expression, isShown]];
    case "JSXElement":
    case "JSXFragment":
      return [
        [node.openingElement, false],
        [node.children, true],
      ];
    case "ConditionalExpression":
      return [
        [node.test, false],
        [[node.consequent, node.alternate], isShown],
      ];
    case "LogicalExpression":
      return [
        [node.left, node.operator !== "&&" && isShown],
        [node.right, isShown],
      ];
    case "TemplateLiteral":
      return [[[node.quasis, node.expressions], isShown]];
    case "BinaryExpression":
      return node.operator === "+" ? [[[node.left, node.right], isShown]] : [];
    case "CallExpression":
    case "NewExpression":
      return FOR_ENGINEERS.has(nameOf(node.callee)) ? [] : [[Object.values(node), false]];
    case "ImportDeclaration":
      return [];
    case "SwitchCase":
      return [[node.consequent, false]];
    default:
      return /^TS(?!As|Satisfies|NonNull)/.test(node.type) ? [] : [[Object.values(node), false]];
  }
}

/** The last name of what is called or set: `setItem` of `localStorage.setItem`. */
function nameOf(node: unknown): string {
  if (!isNode(node)) return "";
  return typeof node.name === "string" ? node.name : nameOf(node.property);
}

const sources = readdirSync(SOURCES, { recursive: true, encoding: "utf-8" }).filter(
  name => /\.tsx?$/.test(name) && !/\.test\.ts$|\.d\.ts$/.test(name),
);

test.each(sources)("no words for people stand in %s outside of the catalogue", name => {
  expect(wordsIn(name, readFileSync(join(SOURCES, name), "utf-8"))).toEqual([]);
});

test.each([
  ["<p>Nothing found</p>", "Nothing found"],
  ["<p>due</p>", "due"],
  ['<p>{isLate ? "late" : t("due")}</p>', "late"],
  ['<p>{isLate && "late"}</p>', "late"],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
  ["<p>{`${count} days`}</p>", "days"],
  ['<p>{"in " + count}</p>', "in"],
  ['<Button aria-label="close" />', "close"],
  ['<Section title={isOwn ? "Mine" : t("all")} />', "Mine"],
  ['<Notice text="Nothing found." />', "Nothing found."],
  ['toast("good", "It is kept.")', "It is kept."],
  ['const NAMES = { one: "First of all" }', "First of all"],
])("words in %s are found", (code, words) => {
  expect(wordsIn("probe.tsx", code)).toEqual([`probe.tsx: ${words}`]);
});

test.each([
  '<p className="Not for people">{t("nav.day")} · {count}</p>',
  'throw new Error("No amount: five")',
  'event.key === "Escape"',
  'import { One } from "Some thing"',
  'headers["Content-Type"] = "application/json"',
])("nothing for people is in %s", code => {
  expect(wordsIn("probe.tsx", code)).toEqual([]);
});

/** The mode of `vite build` in which every text is in no language, to see whether the console is ready for others. */
export const PSEUDO = "pseudo";

const ACCENTED: Readonly<Record<string, string>> = { a: "á", e: "ê", i: "ï", o: "ö", u: "ú", A: "Å", E: "É", O: "Ø" };
/** By how much words of other languages are longer. */
const LONGER = 1 / 3;

/** A piece of a text as it might be in another language: readable still, marked at both ends, and longer. */
export function pseudo(text: string): string {
  if (!/\p{L}/u.test(text)) return text;
  const [, before = "", words = "", after = ""] = /^(\s*)(.*?)(\s*)$/s.exec(text) ?? [];
  const longer = words.replace(
    /\p{L}+/gu,
    word => word.replace(/[aeiouAEO]/g, accented) + "~".repeat(word.length * LONGER),
  );
  return `${before}⟦${longer}⟧${after}`;
}

function accented(letter: string): string {
  return ACCENTED[letter] ?? letter;
}

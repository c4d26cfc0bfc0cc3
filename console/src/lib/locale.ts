/** The language of the texts; `build/catalogues.ts` says how there comes to be another one. */
export const LANGUAGE = "en";
/** How figures, amounts and days are written: as in Nigeria, whatever the language is. */
export const LOCALE = `${LANGUAGE}-NG`;

/** A format for each locale, made when it is first needed; for that of the texts unless another is asked for. */
export function byLocale<T>(make: (locale: string) => T): (locale?: string) => T {
  const made = new Map<string, T>();
  return (locale = LOCALE) => {
    const found = made.get(locale) ?? make(locale);
    made.set(locale, found);
    return found;
  };
}

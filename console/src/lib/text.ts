import { setupI18n } from "@lingui/core";
import english from "@/locales/en.json";
import { LANGUAGE, LOCALE } from "./locale";

/** All text is in the catalogues of `locales/`; a name that is not in the English one is a type error. */
export type TextId = keyof typeof english;
export type Values = Record<string, string | number>;

const i18n = setupI18n({ locale: LANGUAGE, locales: LOCALE, messages: { [LANGUAGE]: english } });

/** A text of the catalogue, with its values filled in. */
export function t(id: TextId, values?: Values): string {
  return i18n._(id, values);
}

/** Adds the texts of a part of the catalogue that is sent later (`build/catalogues.ts` says which parts there are). */
export function learn(messages: object): void {
  i18n.load(LANGUAGE, messages as typeof english);
}

/** The text of a value that comes from the API, such as `status.ACTIVE`, with its values filled in; the value itself
 * where there is none. */
export function tOf(prefix: string, value: string, values?: Values): string {
  const id = `${prefix}.${value}`;
  return id in i18n.messages ? t(id as TextId, values) : value;
}

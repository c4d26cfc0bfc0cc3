/** Colours of an institution: `primary` for what can be pressed, `secondary` behind what is chosen; as "#0f766e". */
export type Pair = { primary: string; secondary: string };
export type Theme = { light: Pair; dark: Pair };
export type Light = keyof Theme;

/** What WCAG AA asks of text. */
export const LEAST_CONTRAST = 4.5;
/** The colours of our own, and those that text of the first stands on; they are those of `styles.css`. */
export const OWN: Theme = {
  light: { primary: "#0f766e", secondary: "#e0f2ef" },
  dark: { primary: "#2dd4bf", secondary: "#0f3230" },
};
export const SURFACES: Record<Light, { page: string; card: string }> = {
  light: { page: "#f4f6f6", card: "#ffffff" },
  dark: { page: "#0c1214", card: "#141c1f" },
};
// One of the two can be read on any colour: their contrast is at least 4.58.
const INKS = ["#ffffff", "#000000"] as const;
const HEX = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i;

/** The three parts of a colour, 0 to 255; null for what is no colour of six digits. */
function partsOf(colour: string): readonly number[] | null {
  const found = HEX.exec(colour);
  return found ? found.slice(1).map(part => Number.parseInt(part, 16)) : null;
}

/** The relative luminance of a colour, 0 to 1 (WCAG 2.2); #777777 has 0.184. Null for what is no colour. */
function luminance(colour: string): number | null {
  const parts = partsOf(colour)?.map(part => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  if (!parts) return null;
  const [red = 0, green = 0, blue = 0] = parts;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** How far two colours are apart, 1 to 21 (WCAG 2.2); 1 where one of them is no colour. */
export function contrast(one: string, other: string): number {
  const [first, second] = [luminance(one), luminance(other)];
  if (first === null || second === null) return 1;
  return (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05);
}

/** The ink that is read best on a colour. */
export function inkOn(colour: string): string {
  return INKS.reduce((best, ink) => (contrast(ink, colour) > contrast(best, colour) ? ink : best));
}

export type Fault = "page" | "card" | "secondary";

/** Where text in these colours, or on them, could not be read well enough; empty where it can everywhere. */
export function faultsOf({ primary, secondary }: Pair, light: Light): Fault[] {
  const { page, card } = SURFACES[light];
  const pairs: readonly (readonly [Fault, string, string])[] = [
    ["card", primary, card],
    ["page", primary, page],
    ["secondary", primary, secondary],
  ];
  return pairs.filter(([, one, other]) => contrast(one, other) < LEAST_CONTRAST).map(([fault]) => fault);
}

/** The properties of the page's style that a theme sets, by their names. Colours that could not be read are left out,
 * so that whatever is stored the page stays readable. */
export function propertiesOf(theme: Theme | null): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const light of ["light", "dark"] as const) {
    const pair = theme?.[light];
    if (!pair || faultsOf(pair, light).length > 0) continue;
    properties[`--own-brand-${light}`] = pair.primary;
    properties[`--own-brand-soft-${light}`] = pair.secondary;
    properties[`--own-on-brand-${light}`] = inkOn(pair.primary);
  }
  return properties;
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { contrast, faultsOf, inkOn, LEAST_CONTRAST, OWN, propertiesOf, SURFACES } from "./colours";

const anyColour = fc.integer({ min: 0, max: 0xffffff }).map(value => `#${value.toString(16).padStart(6, "0")}`);

test.each([
  ["#000000", "#ffffff", 21],
  ["#777777", "#ffffff", 4.48],
  ["#767676", "#ffffff", 4.54],
  ["#0f766e", "#ffffff", 5.47],
])("the contrast of %s and %s is that of WCAG", (one, other, ratio) => {
  expect(contrast(one, other)).toBeCloseTo(ratio, 2);
  expect(contrast(other, one)).toBe(contrast(one, other));
});

test("the colours of our own can be read, and stand in the styles as they stand here", () => {
  const styles = readFileSync(join(import.meta.dirname, "..", "styles.css"), "utf-8");
  const [light = "", dark = ""] = styles.split(".dark {");
  for (const [name, part] of [
    ["light", light],
    ["dark", dark],
  ] as const) {
    expect(faultsOf(OWN[name], name)).toEqual([]);
    for (const colour of [...Object.values(OWN[name]), ...Object.values(SURFACES[name])])
      expect(part).toContain(colour);
  }
});

test("a grey that is a shade too light is refused, and one a shade darker is not", () => {
  expect(faultsOf({ primary: "#777777", secondary: "#ffffff" }, "light")).toEqual(["card", "page", "secondary"]);
  expect(faultsOf({ primary: "#6b6b6b", secondary: "#ffffff" }, "light")).toEqual([]);
});

test("what is no colour is refused", () => {
  expect(faultsOf({ primary: "red; background: url(x)", secondary: "#ffffff" }, "light")).not.toEqual([]);
});

test("whatever colours are stored, none that cannot be read is set", () => {
  fc.assert(
    fc.property(anyColour, anyColour, (primary, secondary) => {
      const set = propertiesOf({ light: { primary, secondary }, dark: { primary, secondary } });
      for (const light of ["light", "dark"] as const) {
        const brand = set[`--own-brand-${light}`];
        if (!brand) continue;
        for (const surface of [...Object.values(SURFACES[light]), secondary, inkOn(primary)])
          expect(contrast(brand, surface)).toBeGreaterThanOrEqual(LEAST_CONTRAST);
      }
    }),
  );
});

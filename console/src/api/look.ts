import { queryOptions } from "@tanstack/react-query";
import { propertiesOf } from "@/lib/colours";
import { call } from "./client";
import type { Data } from "./types";

/** What the institution looks like, kept on the device so that the next page begins with it: `public/start.js` sets the
 * properties before anything is painted. */
const KEY = "look";
const FRESH_MS = 5 * 60_000;
const OURS = /^--own-/;

export type Look = Pick<Data<"/api/settings/public", "get">, "name" | "logo" | "loginLogo"> & {
  properties: Record<string, string>;
};

export const lookQuery = queryOptions({
  queryKey: ["look"],
  queryFn: readLook,
  staleTime: FRESH_MS,
  placeholderData: kept,
  retry: false,
});

async function readLook(): Promise<Look> {
  const { data } = await call("get", "/api/settings/public");
  const look = { name: data.name, logo: data.logo, loginLogo: data.loginLogo, properties: propertiesOf(data.theme) };
  localStorage.setItem(KEY, JSON.stringify(look));
  wear(look.properties);
  return look;
}

function kept(): Look | undefined {
  const text = localStorage.getItem(KEY);
  return text ? JSON.parse(text) : undefined;
}

/** Set these properties of the page's style, and no others of theirs. */
export function wear(properties: Record<string, string>): void {
  const { style } = document.documentElement;
  for (const name of [...style].filter(each => OURS.test(each))) style.removeProperty(name);
  for (const [name, value] of Object.entries(properties)) style.setProperty(name, value);
}

import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { Problem } from "@/lib/problem";
import { call } from "./client";
import { forget, remember, remembered } from "./remembered";
import type { Data } from "./types";

export type Me = Data<"/api/auth/me", "get">;
export type Role = Me["role"];

/** Who is signed in; null for nobody. Without a line it is who was. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: whoAmI,
  staleTime: 60_000,
  retry: false,
});

async function whoAmI(): Promise<Me | null> {
  try {
    const { data } = await call("get", "/api/auth/me");
    remember(data);
    return data;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) {
      forget();
      return null;
    }
    const last = remembered();
    if (last && error instanceof Problem && error.isPassing) return JSON.parse(last);
    throw error;
  }
}

/** Forget on this device whatever was shown to somebody. */
export function forgetPerson(queries: QueryClient): void {
  forget();
  queries.removeQueries({ predicate: query => query.queryKey[0] !== meQuery.queryKey[0] });
  queries.setQueryData(meQuery.queryKey, null);
}

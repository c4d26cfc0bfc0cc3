import { keepPreviousData, QueryClient, type QueryKey, queryOptions } from "@tanstack/react-query";
import { Problem } from "@/lib/problem";
import { call } from "./client";
import type { PathOf, PathParameters, Query } from "./types";

const FRESH_MS = 15_000;
const TRIES = 2;

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        networkMode: "always",
        // Whoever is refused once is refused again; and where the browser knows of no line, there is none a second later.
        retry: (failures, error) => navigator.onLine && error instanceof Problem && error.isPassing && failures < TRIES,
      },
      mutations: { networkMode: "always" },
    },
  });
}

/** A read of the API as the library of queries wants it. Its key is the path with what fills it. */
export function reading<P extends PathOf<"get">>(
  path: P,
  options: { path?: PathParameters<P, "get">; query?: Query<P, "get"> } = {},
) {
  return queryOptions({
    queryKey: [path, options.path ?? null, options.query ?? null] as QueryKey,
    queryFn: ({ signal }) => call("get", path, { ...options, signal }),
  });
}

/** A page of a list: while the next one is read, the last stays. */
export function paging<P extends PathOf<"get">>(path: P, query: Query<P, "get">) {
  return { ...reading(path, { query }), placeholderData: keepPreviousData };
}

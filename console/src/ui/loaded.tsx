import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { faultOf } from "@/lib/problem";
import { t } from "@/lib/text";
import { Failure, titleOf } from "./failure";
import { Skeleton } from "./list";
import { Page } from "./page";

type LoadedProps<T> = { query: UseQueryResult<T>; lines?: number; children: (data: T) => ReactNode };

/** What was read, once it is there; until then its outline, or why it cannot be had. */
export function Loaded<T>({ query, lines = 3, children }: LoadedProps<T>) {
  if (query.data !== undefined) return children(query.data);
  const fault = faultOf(query);
  if (fault) return <Failure error={fault} onRetry={() => query.refetch()} />;
  return <Skeleton lines={lines} />;
}

/** What a whole page is about, once it is there; a page of its own until then, and in place of it. */
export function LoadedPage<T>({ query, children }: Omit<LoadedProps<T>, "lines">) {
  if (query.data !== undefined) return children(query.data);
  const fault = faultOf(query);
  return (
    <Page title={fault ? titleOf(fault) : t("app.loading")} onBack={() => history.back()}>
      <Loaded query={query}>{children}</Loaded>
    </Page>
  );
}

import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Empty, List, Pager } from "./list";
import { Loaded } from "./loaded";

type Paged<T> = { data: readonly T[]; pagination: { totalPages: number; total: number } };
type PagedListProps<T> = {
  query: UseQueryResult<Paged<T>>;
  page: number;
  onPage: (page: number) => void;
  empty: string;
  children: (row: T) => ReactNode;
};

/** A page of a list of the server, and the way to the others; or what is said where nothing is listed. */
export function PagedList<T extends { id: string }>({ query, page, onPage, empty, children }: PagedListProps<T>) {
  return (
    <Loaded query={query} lines={5}>
      {({ data, pagination }) => (
        <>
          {data.length === 0 && <Empty>{empty}</Empty>}
          {data.length > 0 && (
            <List>
              {data.map(row => (
                <li key={row.id}>{children(row)}</li>
              ))}
            </List>
          )}
          <Pager page={page} pages={pagination.totalPages} total={pagination.total} onPage={onPage} />
        </>
      )}
    </Loaded>
  );
}

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { Body } from "./types";

export type PreviewRequest = Body<"/api/loans/schedule-preview", "post">;

/** What a loan on these terms will cost and when, as the platform counts it; while the next one is counted, the last
 * stays. */
export function previewing(request: PreviewRequest) {
  return queryOptions({
    queryKey: ["/api/loans/schedule-preview", request],
    queryFn: ({ signal }) => call("post", "/api/loans/schedule-preview", { body: request, signal }),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

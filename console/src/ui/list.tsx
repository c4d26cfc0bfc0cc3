import type { ReactNode } from "react";
import { t } from "@/lib/text";
import { Button } from "./button";
import { Icon } from "./icon";

/** Lines one below the other on one surface. */
export function List({ children }: { children: ReactNode }) {
  return <ul className="divide-y divide-line overflow-hidden rounded-2xl border border-line bg-card">{children}</ul>;
}

/** The classes of a link that fills a line of a list. */
export const LINE = "flex min-h-16 items-center gap-3 px-4 py-3 hover:bg-page";

type LineProps = { title: ReactNode; below?: ReactNode; right?: ReactNode; belowRight?: ReactNode; goes?: boolean };

/** The two rows of a line: what it is on the left, how much on the right. */
export function LineContent({ title, below, right, belowRight, goes = true }: LineProps) {
  return (
    <>
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline justify-between gap-3">
          <span className="min-w-0 font-medium break-words">{title}</span>
          {right && <span className="font-semibold whitespace-nowrap tabular-nums">{right}</span>}
        </div>
        {(below || belowRight) && (
          <div className="mt-0.5 flex items-baseline justify-between gap-3 text-sm text-soft">
            <span className="min-w-0 break-words">{below}</span>
            {belowRight && <span className="max-w-3/5 shrink-0 text-right break-words">{belowRight}</span>}
          </div>
        )}
      </div>
      {goes && <Icon name="next" className="size-4 shrink-0 text-soft" />}
    </>
  );
}

/** What is said where there is nothing to list. */
export function Empty({ children }: { children: ReactNode }) {
  return <p className="rounded-2xl border border-dashed border-line px-4 py-8 text-center text-soft">{children}</p>;
}

/** Lines to come, in the size that they will have. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div role="status" aria-label={t("app.loading")} className="grid gap-2">
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={line} className="h-16 motion-safe:animate-pulse rounded-2xl bg-line/60" />
      ))}
    </div>
  );
}

type PagerProps = { page: number; pages: number; total: number; onPage: (page: number) => void };

/** Where one is in a list that the server parts into pages. */
export function Pager({ page, pages, total, onPage }: PagerProps) {
  if (pages <= 1) return null;
  return (
    <nav aria-label={t("list.pages")} className="flex items-center justify-between gap-3">
      <Button look="quiet" disabled={page <= 1} onClick={() => onPage(page - 1)} aria-label={t("list.before")}>
        <Icon name="back" className="size-5" />
      </Button>
      <span className="text-sm text-soft">{t("list.where", { page, pages, total })}</span>
      <Button look="quiet" disabled={page >= pages} onClick={() => onPage(page + 1)} aria-label={t("list.after")}>
        <Icon name="next" className="size-5" />
      </Button>
    </nav>
  );
}

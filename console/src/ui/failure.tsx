import { Problem } from "@/lib/problem";
import { t } from "@/lib/text";
import { Button } from "./button";
import { Icon } from "./icon";

/** The words for something that went wrong. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Problem)) return t("problem.unexpected");
  if (error.status === 0) return t("problem.unreachable");
  if (error.status === 403 && !error.message) return t("problem.forbidden");
  return error.message || t("problem.unexpected");
}

/** The title of a page in place of which something went wrong. */
export function titleOf(error: unknown): string {
  const isMaintenance = error instanceof Problem && error.isMaintenance;
  return t(isMaintenance ? "problem.maintenance" : "problem.title");
}

/** Says in place of a page, or of a part of one, what went wrong, with the number that whoever helps will ask for. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const problem = error instanceof Problem ? error : null;
  const id = problem?.status === 404 ? "problem.absent" : problem?.status === 403 ? "problem.forbidden" : null;
  return (
    <div
      role="alert"
      className="grid justify-items-center gap-3 rounded-2xl border border-line bg-card px-5 py-8 text-center"
    >
      <Icon name={problem?.status === 0 ? "offline" : "warning"} className="size-8 text-soft" />
      <p className="font-semibold">{id ? t(id) : wordsOf(error)}</p>
      {problem?.requestId && (
        <p className="text-sm text-soft">
          {t("problem.request")} <code className="break-all select-all">{problem.requestId}</code>
        </p>
      )}
      {onRetry && (
        <Button look="quiet" onClick={onRetry}>
          {t("app.retry")}
        </Button>
      )}
    </div>
  );
}

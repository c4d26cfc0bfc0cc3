import { useQueries } from "@tanstack/react-query";
import { reading } from "@/api/queries";
import { naira } from "@/lib/money";
import { t } from "@/lib/text";
import { Card, Figure } from "@/ui/card";
import { Failure } from "@/ui/failure";
import { Skeleton } from "@/ui/list";
import { totalOf } from "./moves";

/** What moves with unions to another officer, before it is done. */
export function Consequences({ unionIds }: { unionIds: readonly string[] }) {
  const found = useQueries({
    queries: unionIds.map(id => reading("/api/unions/{union_id}/stats", { path: { union_id: id } })),
  });
  const error = found.find(query => query.error)?.error;
  if (error) return <Failure error={error} onRetry={() => found.forEach(query => void query.refetch())} />;
  const stats = found.flatMap(({ data }) => (data ? [data.data] : []));
  // Never a sum of some of them.
  if (stats.length < unionIds.length) return <Skeleton lines={1} />;
  const total = totalOf(stats);
  return (
    <Card className="flex flex-wrap gap-x-8 gap-y-3">
      {unionIds.length > 1 && <Figure name={t("admin.assign.unions")} value={String(unionIds.length)} />}
      <Figure name={t("admin.assign.members")} value={String(total.members)} />
      <Figure name={t("admin.assign.loans")} value={String(total.loans)} />
      <Figure name={t("admin.assign.running")} value={String(total.running)} />
      <Figure name={t("admin.assign.outstanding")} value={naira(total.outstanding)} />
    </Card>
  );
}

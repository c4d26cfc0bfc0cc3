import { Link } from "@tanstack/react-router";
import { naira } from "@/lib/money";
import { t } from "@/lib/text";
import { Badge } from "@/ui/card";
import { LINE, LineContent } from "@/ui/list";
import type { Day } from "./page";

/** A union of the day; where it meets, with what is still due there, else with what is overdue. */
export function UnionLine({ union, isOwn }: { union: Day["unions"][number]; isOwn: boolean }) {
  const about = [union.location, isOwn ? null : union.officerName, t("unions.members", { count: union.members })];
  return (
    <li>
      <Link to="/unions/$unionId" params={{ unionId: union.id }} className={LINE}>
        <LineContent
          title={
            <span className="flex flex-wrap items-center gap-2">
              {union.name} {union.handedInAt && <Badge tone="good">{t("day.handedIn")}</Badge>}
            </span>
          }
          right={naira(union.meets ? union.dueToday : union.arrears)}
          below={about.filter(Boolean).join(" · ")}
          belowRight={
            union.meets
              ? t("day.ofExpectedShort", { expected: naira(union.expected) })
              : t("day.lateLoans", { count: union.lateLoans })
          }
        />
      </Link>
    </li>
  );
}

import { shownDay } from "@/lib/days";
import { naira } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { t, tOf } from "@/lib/text";
import { Badge } from "./card";
import { LineContent } from "./list";

type Entry = {
  kind: string;
  amount: string | number;
  paidAt: string;
  method: string;
  reference?: string | null;
  reversedById?: string | null;
  receivedBy: Parameters<typeof nameOf>[0];
};
type Charge = { kind: string; amount: string | number; status: string; dueOn: string };

/** A payment, or what took one back, in a list. */
export function EntryLine({ entry }: { entry: Entry }) {
  return (
    <LineContent
      goes={false}
      title={
        <span className="flex flex-wrap items-center gap-2">
          {shownDay(entry.paidAt)}
          {entry.kind !== "REPAYMENT" && <Badge tone="warn">{tOf("payment.kind", entry.kind)}</Badge>}
          {entry.reversedById && <Badge tone="bad">{t("payment.reversed")}</Badge>}
        </span>
      }
      right={naira(entry.amount)}
      below={[tOf("method", entry.method), entry.reference].filter(Boolean).join(" · ")}
      belowRight={nameOf(entry.receivedBy)}
    />
  );
}

/** A fee, penalty or rebate in a list, with what was written about it. */
export function ChargeLine({ charge, words }: { charge: Charge; words: string | null | undefined }) {
  return (
    <LineContent
      goes={false}
      title={tOf("charge.kind", charge.kind)}
      right={naira(charge.amount)}
      below={words}
      belowRight={charge.status === "ACTIVE" ? shownDay(charge.dueOn) : tOf("charge.status", charge.status)}
    />
  );
}

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { shownMoment } from "@/lib/days";
import { naira } from "@/lib/money";
import { t, tOf } from "@/lib/text";
import { database, type Handed, type Outcome } from "@/offline/database";
import { dismiss } from "@/offline/outbox";
import { readAgain, sendNow } from "@/offline/sending";
import { Button } from "@/ui/button";
import { Badge, Card } from "@/ui/card";
import { Icon } from "@/ui/icon";
import { LineContent, List } from "@/ui/list";

const TONES = { RECORDED: "good", ALREADY_RECORDED: "good", REFUSED: "bad" } as const;

/** A sheet that was handed in, and what became of it: of the whole, and of each line. */
export function HandedSheet({ handed }: { handed: Handed }) {
  const queries = useQueryClient();
  const send = useMutation({ mutationFn: () => sendNow(queries, handed.staffId) });
  const seen = useMutation({
    mutationFn: async () => dismiss(await database(), handed.id),
    onSuccess: () => readAgain(queries),
  });
  const { state } = handed;
  return (
    <Card className="grid grid-cols-1 gap-4">
      <div role="status" className="flex items-start gap-3">
        <Icon name={state.is === "answered" ? "done" : state.is === "waiting" ? "offline" : "warning"} />
        <div className="min-w-0">
          <p className="font-semibold">
            {t(`handed.${state.is}`, { amount: naira(String(handed.body.cashHandedOver)) })}
          </p>
          <p className="text-sm text-soft">{t("handed.at", { when: shownMoment(handed.handedInAt) })}</p>
        </div>
      </div>
      {state.is === "refused" && <p className="text-bad">{state.message}</p>}
      {state.is === "answered" && <Verdicts outcome={state.outcome} names={handed.names} />}
      {/* Two buttons, not one that changes: a tap that began on the one must not end on the other. */}
      {state.is === "waiting" ? (
        <Button key="send" look="quiet" busy={send.isPending} onClick={() => send.mutate()}>
          {t("handed.send")}
        </Button>
      ) : (
        <Button key="seen" look="quiet" busy={seen.isPending} onClick={() => seen.mutate()}>
          {t("handed.seen")}
        </Button>
      )}
    </Card>
  );
}

function Verdicts({ outcome, names }: { outcome: Outcome; names: Handed["names"] }) {
  const changed = new Set(outcome.changed.map(({ line }) => line));
  return (
    <List>
      {outcome.lines.map(({ line, loanId, verdict, amount, reason, receiptNumber, outstanding }) => (
        <li key={line} className="px-4 py-3">
          <LineContent
            goes={false}
            title={
              <span className="flex flex-wrap items-center gap-2">
                {names[loanId ?? ""] ?? loanId}
                <Badge tone={TONES[verdict as keyof typeof TONES] ?? "plain"}>{tOf("verdict", verdict)}</Badge>
                {changed.has(line) && <Badge tone="warn">{t("handed.changed")}</Badge>}
              </span>
            }
            right={amount && naira(amount)}
            below={reason ?? receiptNumber}
            belowRight={outstanding && t("handed.left", { amount: naira(outstanding) })}
          />
        </li>
      ))}
    </List>
  );
}

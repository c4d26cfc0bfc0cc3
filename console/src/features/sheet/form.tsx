import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { kobo, naira, sum } from "@/lib/money";
import { t } from "@/lib/text";
import { type Draft, database, type Sheet } from "@/offline/database";
import { handIn } from "@/offline/outbox";
import { readAgain, sendNow } from "@/offline/sending";
import { keepDraft } from "@/offline/sheets";
import { Button } from "@/ui/button";
import { Card, Figure, Notice, Section } from "@/ui/card";
import { CashCount } from "./cash-count";
import { counted, handedOf } from "./hand-in";
import { SheetLine } from "./line";

/** Line by line what was paid, then the cash, counted; every change is kept on the phone at once. */
export function SheetForm({ sheet, draft }: { sheet: Sheet; draft: Draft }) {
  const queries = useQueryClient();
  const [entries, setEntries] = useState(draft.entries);
  const [cash, setCash] = useState(draft.cash);
  const [isHandedIn, setHandedIn] = useState(false);
  useEffect(() => {
    // After it was handed in there is no draft.
    if (!isHandedIn) void keepDraft({ key: draft.key, entries, cash });
  }, [draft.key, entries, cash, isHandedIn]);

  const paid = sum(Object.values(entries).map(({ amount }) => amount ?? 0));
  const inHand = counted(cash);
  const isEmpty = Object.values(entries).every(({ amount, isAbsent }) => amount === null && !isAbsent);
  const hand = useMutation({
    mutationFn: async () => handIn(await database(), handedOf({ sheet, staffId: draft.key[0], entries, cash })),
    onMutate: () => setHandedIn(true),
    onError: () => setHandedIn(false),
    onSuccess: async () => {
      setEntries({});
      setCash({});
      await readAgain(queries);
      scrollTo({ top: 0, behavior: "smooth" });
      await sendNow(queries, draft.key[0]);
    },
    onSettled: () => setHandedIn(false),
  });

  return (
    <>
      <ul className="grid grid-cols-1 gap-3">
        {sheet.lines.map(line => (
          <SheetLine
            key={line.loanId}
            line={line}
            entry={entries[line.loanId]}
            onChange={entry => setEntries({ ...entries, [line.loanId]: entry })}
          />
        ))}
      </ul>
      <Section title={t("sheet.cash")}>
        <CashCount cash={cash} onChange={setCash} />
      </Section>
      <Card className="grid gap-4">
        <div className="flex flex-wrap gap-x-8 gap-y-3">
          <Figure name={t("sheet.entered")} value={naira(paid)} />
          <Figure name={t("sheet.counted")} value={naira(inHand)} {...(paid === inHand ? {} : { tone: "bad" })} />
          <Figure name={t("sheet.due")} value={naira(kobo(sheet.totals.dueToday) + kobo(sheet.totals.arrears))} />
        </div>
        {paid !== inHand && (
          <Notice tone="warn">
            {t(paid > inHand ? "sheet.missing" : "sheet.tooMuch", { amount: naira(Math.abs(paid - inHand)) })}
          </Notice>
        )}
        {hand.error && <Notice tone="bad">{t("sheet.notKept")}</Notice>}
        <Button disabled={isEmpty || paid !== inHand} busy={hand.isPending} onClick={() => hand.mutate()}>
          {t("sheet.handIn", { amount: naira(paid) })}
        </Button>
      </Card>
    </>
  );
}

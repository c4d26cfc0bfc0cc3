import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "@/api/client";
import { shownDay } from "@/lib/days";
import { naira } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Section } from "@/ui/card";
import { Empty, List } from "@/ui/list";
import { EntryLine } from "@/ui/loan-lines";
import { AskReason } from "./ask-reason";
import type { Loan } from "./loan";

const REVERSE = "/api/repayments/{repayment_id}/reverse";

type Entry = NonNullable<Loan["repayments"]>[number];

/** What was paid, the latest first; a payment that was recorded by mistake is taken back by an entry against it. */
export function Payments({ loan }: { loan: Loan }) {
  const [reversed, setReversed] = useState<Entry | null>(null);
  const latest = [...(loan.repayments ?? [])].sort((one, other) => other.paidAt.localeCompare(one.paidAt));
  return (
    <Section title={t("loan.payments")}>
      <p className="text-sm text-soft">
        {t("account.aboutReversals")}{" "}
        <Link to="/admin/settings" className="underline underline-offset-4">
          {t("account.settings")}
        </Link>
      </p>
      {latest.length === 0 ? (
        <Empty>{t("account.noPayments")}</Empty>
      ) : (
        <List>
          {latest.map(entry => (
            <li key={entry.id} className="grid gap-2 px-4 py-3">
              <EntryLine entry={entry} />
              {canBeReversed(entry) && (
                <Button look="caution" className="justify-self-start" onClick={() => setReversed(entry)}>
                  {t("account.reverse")} <span className="sr-only">{nameOfEntry(entry)}</span>
                </Button>
              )}
            </li>
          ))}
        </List>
      )}
      {reversed && (
        <AskReason
          title={t("account.reverse")}
          yes={t("account.yes.reverse")}
          done={t("account.done.reverse", { amount: naira(reversed.amount) })}
          act={(reason, key) => call("post", REVERSE, { path: { repayment_id: reversed.id }, body: { reason }, key })}
          onClose={() => setReversed(null)}
        >
          <p>{t("account.explain.reverse", { payment: nameOfEntry(reversed), name: nameOf(loan.unionMember) })}</p>
        </AskReason>
      )}
    </Section>
  );
}

/** An entry that took another back stays, and nothing is taken back twice. */
function canBeReversed({ kind, reversedById }: Entry): boolean {
  return kind !== "REVERSAL" && !reversedById;
}

function nameOfEntry({ amount, paidAt }: Entry): string {
  return t("account.payment", { amount: naira(amount), day: shownDay(paidAt) });
}

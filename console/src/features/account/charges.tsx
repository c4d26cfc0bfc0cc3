import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { shownDay } from "@/lib/days";
import { isBeingRepaid } from "@/lib/loans";
import { naira } from "@/lib/money";
import { t, tOf } from "@/lib/text";
import { Button } from "@/ui/button";
import { Section } from "@/ui/card";
import { Empty, List } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { ChargeLine } from "@/ui/loan-lines";
import { AskReason } from "./ask-reason";
import type { Loan } from "./loan";
import { NewCharge } from "./new-charge";

const WAIVE = "/api/loans/{loan_id}/charges/{charge_id}/waive";

type Charge = Data<"/api/loans/{loan_id}/charges", "get">[number];

/** Fees and penalties beside what was agreed; while the loan is being repaid one can be waived, or another added. */
export function Charges({ loan }: { loan: Loan }) {
  const query = useQuery(reading("/api/loans/{loan_id}/charges", { path: { loan_id: loan.id } }));
  const [waived, setWaived] = useState<Charge | null>(null);
  return (
    <Section title={t("loan.charges")}>
      <Loaded query={query} lines={1}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty>{t("loan.noCharges")}</Empty>
          ) : (
            <List>
              {data.map(charge => (
                <li key={charge.id} className="grid gap-2 px-4 py-3">
                  <ChargeLine charge={charge} words={[charge.note, charge.waiverReason].filter(Boolean).join(" · ")} />
                  {isBeingRepaid(loan) && canBeWaived(charge) && (
                    <Button look="caution" className="justify-self-start" onClick={() => setWaived(charge)}>
                      {t("account.waive")} <span className="sr-only">{nameOfCharge(charge)}</span>
                    </Button>
                  )}
                </li>
              ))}
            </List>
          )
        }
      </Loaded>
      {isBeingRepaid(loan) && <NewCharge loan={loan} />}
      {waived && (
        <AskReason
          title={t("account.waive")}
          yes={t("account.yes.waive")}
          done={t("account.done.waive")}
          act={(reason, key) =>
            call("post", WAIVE, { path: { loan_id: loan.id, charge_id: waived.id }, body: { reason }, key })
          }
          onClose={() => setWaived(null)}
        >
          <p>{t("account.explain.waive", { charge: nameOfCharge(waived) })}</p>
        </AskReason>
      )}
    </Section>
  );
}

/** A rebate falls only with the payment that it belongs to. */
function canBeWaived({ kind, status }: Charge): boolean {
  return status === "ACTIVE" && kind !== "INTEREST_REBATE";
}

function nameOfCharge({ kind, amount, dueOn }: Charge): string {
  return t("account.charge", { kind: tOf("charge.kind", kind), amount: naira(amount), day: shownDay(dueOn) });
}

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "@/api/client";
import { naira } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { AskWords } from "@/ui/ask-words";
import { Button } from "@/ui/button";
import { Notice, Section } from "@/ui/card";
import type { Loan } from "./loan";

/** The steps that people take by hand, by the status that they are taken from, and where each of them leads. */
const STEPS: Readonly<Record<string, readonly Step[]>> = {
  ACTIVE: ["default", "writeOff"],
  DEFAULTED: ["reactivate", "writeOff"],
};
const TARGETS = { default: "DEFAULTED", reactivate: "ACTIVE", writeOff: "WRITTEN_OFF" } as const;
type Step = keyof typeof TARGETS;

/** How the loan stands, and the steps that can be taken from there. */
export function Status({ loan }: { loan: Loan }) {
  const steps = STEPS[loan.status] ?? [];
  return (
    <Section title={t("account.status")}>
      {steps.length > 0 ? (
        <div className="grid gap-3 sm:grid-cols-2">
          {steps.map(step => (
            <StepButton key={step} loan={loan} step={step} />
          ))}
        </div>
      ) : (
        <Notice tone="brand">{t(loan.status === "WRITTEN_OFF" ? "account.writtenOff" : "account.noStep")}</Notice>
      )}
    </Section>
  );
}

function StepButton({ loan, step }: { loan: Loan; step: Step }) {
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const isForBetter = step === "reactivate";
  async function take(notes: string) {
    try {
      const body = { status: TARGETS[step], ...(notes ? { notes } : {}) };
      await call("put", "/api/loans/{loan_id}/status", { path: { loan_id: loan.id }, body });
      return { message: t(`account.done.${step}`, { loan: loan.loanNumber }) };
    } catch (error) {
      // Somebody else may have taken a step, or the answer was lost on its way.
      void queries.invalidateQueries();
      throw error;
    }
  }
  return (
    <>
      <Button look={isForBetter ? "quiet" : "caution"} onClick={() => setOpen(true)}>
        {t(`account.${step}`)}
      </Button>
      {isOpen && (
        <AskWords
          title={t(`account.${step}`)}
          label={t(isForBetter ? "loan.notes" : "reject.reason")}
          required={!isForBetter}
          yes={t(`account.yes.${step}`)}
          danger={!isForBetter}
          act={take}
          onDone={() => queries.invalidateQueries()}
          onClose={() => setOpen(false)}
        >
          <p>
            {t(`account.explain.${step}`, {
              name: nameOf(loan.unionMember),
              amount: naira(loan.totalOutstanding.toFixed(2)),
            })}
          </p>
        </AskWords>
      )}
    </>
  );
}

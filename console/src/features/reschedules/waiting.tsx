import { useQueryClient } from "@tanstack/react-query";
import { useRouteContext } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "@/api/client";
import { shownDay, shownMoment } from "@/lib/days";
import { nameOf } from "@/lib/people";
import { t, tOf } from "@/lib/text";
import { AskWords } from "@/ui/ask-words";
import { Button } from "@/ui/button";
import { Card, Facts, Notice, Section } from "@/ui/card";
import { PlannedLines } from "@/ui/cost";
import { type Loan, type Proposal, termsOf } from "./terms";

type WaitingProps = { loan: Loan; proposal: Proposal };

/** A proposal that waits, with the lines that would come of it, and the decision for who may take it. */
export function Waiting({ loan, proposal }: WaitingProps) {
  const { me } = useRouteContext({ from: "/signed-in" });
  return (
    <>
      <Section title={t("reschedule.proposal")}>
        <Card className="grid gap-4">
          <p className="text-xl font-semibold">{termsOf(proposal)}</p>
          <Facts
            facts={[
              [t("loan.rate"), t("loan.rateOf", { rate: Number(proposal.interestRate) })],
              [t("reschedule.firstDue"), proposal.firstDueDate && shownDay(proposal.firstDueDate)],
              [t("reschedule.reason"), proposal.reason],
              [t("reschedule.proposedOn"), shownMoment(proposal.createdAt)],
              [
                t("reschedule.proposedBy"),
                proposal.proposedByUserId === loan.assignedOfficerId ? nameOf(loan.assignedOfficer) : null,
              ],
            ]}
          />
        </Card>
      </Section>
      {me.role === "CREDIT_OFFICER" ? (
        <Notice tone="brand">{t("reschedule.waits")}</Notice>
      ) : (
        <Decide loan={loan} proposal={proposal} />
      )}
      <Section title={t("reschedule.lines")}>
        {proposal.schedule ? (
          <PlannedLines lines={proposal.schedule} />
        ) : (
          <Notice tone="warn">{t("reschedule.changed")}</Notice>
        )}
      </Section>
    </>
  );
}

const DECISIONS = {
  approve: "/api/loans/{loan_id}/reschedules/{reschedule_id}/approve",
  reject: "/api/loans/{loan_id}/reschedules/{reschedule_id}/reject",
} as const;

function Decide({ loan, proposal }: WaitingProps) {
  const queries = useQueryClient();
  const [decision, setDecision] = useState<keyof typeof DECISIONS | null>(null);
  const path = { loan_id: loan.id, reschedule_id: proposal.id };
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Button disabled={!proposal.schedule} onClick={() => setDecision("approve")}>
        {t("reschedule.approve")}
      </Button>
      <Button look="caution" onClick={() => setDecision("reject")}>
        {t("reschedule.reject")}
      </Button>
      {decision && (
        <AskWords
          title={t(`reschedule.${decision}`)}
          label={t(decision === "reject" ? "reject.reason" : "loan.notes")}
          required={decision === "reject"}
          yes={t(`reschedule.yes.${decision}`)}
          danger={decision === "reject"}
          act={notes =>
            decision === "approve"
              ? call("patch", DECISIONS.approve, { path, body: notes ? { notes } : {} })
              : call("patch", DECISIONS.reject, { path, body: { notes } })
          }
          onDone={() => queries.invalidateQueries()}
          onClose={() => setDecision(null)}
        >
          <p>
            {t(`reschedule.explain.${decision}`, {
              name: nameOf(loan.unionMember),
              terms: tOf("term", proposal.termUnit, { count: proposal.termCount }),
              day: shownDay(proposal.fromDate),
            })}
          </p>
        </AskWords>
      )}
    </div>
  );
}

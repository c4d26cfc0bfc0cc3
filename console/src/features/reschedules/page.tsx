import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { reading } from "@/api/queries";
import { shownDay, shownMoment } from "@/lib/days";
import { isBeingRepaid } from "@/lib/loans";
import { naira } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { t, tOf } from "@/lib/text";
import { Badge, Card, Facts, Notice, Section } from "@/ui/card";
import { LineContent, List } from "@/ui/list";
import { Loaded, LoadedPage } from "@/ui/loaded";
import { LoanPage } from "@/ui/loan-page";
import { Propose } from "./propose";
import { type Loan, type Proposal, termsOf } from "./terms";
import { Waiting } from "./waiting";

/** Repaying a loan by other terms: proposed here, decided here, and what was decided before. */
export function ReschedulePage() {
  const { loanId } = useParams({ from: "/signed-in/loans/$loanId/reschedule" });
  const loan = useQuery(reading("/api/loans/{loan_id}", { path: { loan_id: loanId } }));
  return (
    <LoadedPage query={loan}>
      {({ data }) => (
        <LoanPage title={t("reschedule.title")} loan={data}>
          <Card>
            <Facts
              facts={[
                [t("loan.outstanding"), naira(data.totalOutstanding.toFixed(2))],
                [t("loan.term"), tOf("term", data.termUnit, { count: data.termCount })],
                [t("reschedule.ends"), data.endDate && shownDay(data.endDate)],
                [t("loan.rate"), t("loan.rateOf", { rate: Number(data.interestRate) })],
                [t("loan.officer"), nameOf(data.assignedOfficer)],
              ]}
            />
          </Card>
          <Proposals loan={data} />
        </LoanPage>
      )}
    </LoadedPage>
  );
}

function Proposals({ loan }: { loan: Loan }) {
  const query = useQuery({
    ...reading("/api/loans/{loan_id}/reschedules", { path: { loan_id: loan.id } }),
    staleTime: 0,
  });
  return (
    <Loaded query={query}>
      {({ data }) => {
        const open = data.find(({ status }) => status === "PROPOSED");
        const decided = data.filter(({ status }) => status !== "PROPOSED");
        return (
          <>
            {open && <Waiting loan={loan} proposal={open} />}
            {!open && isBeingRepaid(loan) && <Propose loan={loan} />}
            {!open && !isBeingRepaid(loan) && <Notice tone="warn">{t("reschedule.notRepaid")}</Notice>}
            {decided.length > 0 && <Decided proposals={decided} />}
          </>
        );
      }}
    </Loaded>
  );
}

function Decided({ proposals }: { proposals: readonly Proposal[] }) {
  return (
    <Section title={t("reschedule.before")}>
      <List>
        {proposals.map(proposal => (
          <li key={proposal.id} className="px-4 py-3">
            <LineContent
              goes={false}
              title={
                <span className="flex flex-wrap items-center gap-2">
                  {termsOf(proposal)}
                  <Badge tone={proposal.status === "APPROVED" ? "good" : "bad"}>
                    {tOf("reschedule.status", proposal.status)}
                  </Badge>
                </span>
              }
              below={[proposal.reason, proposal.decisionNotes].filter(Boolean).join(" · ")}
              belowRight={proposal.decidedAt && shownMoment(proposal.decidedAt)}
            />
          </li>
        ))}
      </List>
    </Section>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { shownDay } from "@/lib/days";
import { kobo, naira } from "@/lib/money";
import { t } from "@/lib/text";
import { Card, Facts, Figure, Section } from "@/ui/card";
import { Empty, LINE, LineContent, List } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { LoanStatus } from "@/ui/states";

type MemberRecord = Data<"/api/union-members/{member_id}/record", "get">;

/** How the member has paid until now, whether they come to the meetings, and what is lent to them already. */
export function Record({ memberId, exceptLoanId }: { memberId: string; exceptLoanId: string }) {
  const query = useQuery(reading("/api/union-members/{member_id}/record", { path: { member_id: memberId } }));
  return (
    <>
      <Section title={t("record.title")}>
        <Loaded query={query} lines={2}>
          {({ data }) => (
            <div className="grid gap-3 sm:grid-cols-2">
              <Exposure exposure={data.exposure} />
              <Habits record={data} />
            </div>
          )}
        </Loaded>
      </Section>
      <Section title={t("record.loans")}>
        <Loaded query={query} lines={1}>
          {({ data }) => <Loans loans={data.loans.filter(loan => loan.loanId !== exceptLoanId)} />}
        </Loaded>
      </Section>
    </>
  );
}

function Exposure({ exposure }: { exposure: MemberRecord["exposure"] }) {
  return (
    <Card className="grid content-start gap-4">
      <Figure name={t("record.owes")} value={naira(exposure.outstanding)} />
      <Facts
        facts={[
          [t("record.running"), String(exposure.runningLoans)],
          [t("loan.arrears"), late(exposure.arrears)],
          [t("record.appliedFor"), naira(exposure.appliedFor)],
        ]}
      />
    </Card>
  );
}

function Habits({ record: { punctuality, attendance } }: { record: MemberRecord }) {
  const percent = punctuality.onTimePercent;
  return (
    <Card className="grid content-start gap-4">
      <Figure
        name={t("record.onTime")}
        value={percent === null ? t("record.nothingDue") : t("record.percent", { percent: Math.round(percent) })}
      />
      <Facts
        facts={[
          [t("record.instalments"), t("record.of", { part: punctuality.paidOnTime, all: punctuality.instalmentsDue })],
          [t("record.paidLate"), String(punctuality.paidLate)],
          [t("record.unpaid"), String(punctuality.unpaid)],
          [t("record.longestLate"), t("record.days", { count: punctuality.longestDaysLate })],
          [
            t("record.meetings"),
            attendance.meetings
              ? t("record.of", { part: attendance.meetings - attendance.absent, all: attendance.meetings })
              : t("record.noMeetings"),
          ],
          [t("record.lastAbsent"), attendance.lastAbsentOn && shownDay(attendance.lastAbsentOn)],
        ]}
      />
    </Card>
  );
}

/** An overdue amount, which stands out unless it is none. */
function late(amount: string) {
  return <span className={kobo(amount) ? "text-bad" : undefined}>{naira(amount)}</span>;
}

function Loans({ loans }: { loans: MemberRecord["loans"] }) {
  if (loans.length === 0) return <Empty>{t("record.firstLoan")}</Empty>;
  return (
    <List>
      {loans.map(loan => (
        <li key={loan.loanId}>
          <Link to="/loans/$loanId" params={{ loanId: loan.loanId }} className={LINE}>
            <LineContent
              title={
                <span className="flex flex-wrap items-center gap-2">
                  {loan.loanNumber} <LoanStatus status={loan.status} />
                </span>
              }
              right={naira(loan.principalAmount)}
              below={
                loan.punctuality.instalmentsDue > 0 &&
                t("record.loanOnTime", {
                  part: loan.punctuality.paidOnTime,
                  all: loan.punctuality.instalmentsDue,
                })
              }
              belowRight={kobo(loan.arrears) ? late(loan.arrears) : loan.disbursedOn && shownDay(loan.disbursedOn)}
            />
          </Link>
        </li>
      ))}
    </List>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { reading } from "@/api/queries";
import { shownDay, shownMoment } from "@/lib/days";
import { isBeingRepaid } from "@/lib/loans";
import { kobo, naira } from "@/lib/money";
import { t } from "@/lib/text";
import { buttonClasses } from "@/ui/button";
import { Badge, Section } from "@/ui/card";
import { Folded } from "@/ui/folded";
import { Icon } from "@/ui/icon";
import { Empty, LINE, LineContent, List } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { ChargeLine, EntryLine } from "@/ui/loan-lines";
import { InstalmentStatus } from "@/ui/states";
import type { Loan } from "./page";

type Items = NonNullable<Loan["scheduleItems"]>;
type Entries = NonNullable<Loan["repayments"]>;

/** The instalments; those that are paid are folded away. */
export function Schedule({ loan }: { loan: Loan }) {
  const items: Items = loan.scheduleItems ?? [];
  if (items.length === 0) return null;
  const paid = items.filter(item => item.status === "PAID");
  const open = items.filter(item => item.status !== "PAID");
  return (
    <Section title={t("loan.schedule")} aside={<AboutSchedule loan={loan} />}>
      {paid.length > 0 && (
        <Folded title={t("loan.paidInstalments", { count: paid.length })}>
          <Instalments items={paid} />
        </Folded>
      )}
      {open.length > 0 && <Instalments items={open} />}
    </Section>
  );
}

/** That it may still move, or the way to other terms. */
function AboutSchedule({ loan }: { loan: Loan }) {
  if (loan.status === "APPROVED") return <Badge tone="warn">{t("loan.provisional")}</Badge>;
  if (!isBeingRepaid(loan)) return null;
  return (
    <Link to="/loans/$loanId/reschedule" params={{ loanId: loan.id }} className={buttonClasses("plain", "-my-2 -mr-3")}>
      {t("loan.reschedule")}
    </Link>
  );
}

function Instalments({ items }: { items: Items }) {
  return (
    <List>
      {items.map(item => (
        <li key={item.id} className="px-4 py-3">
          <LineContent
            goes={false}
            title={
              <span className="flex flex-wrap items-center gap-2">
                {item.sequence}. {shownDay(item.dueDate)} <InstalmentStatus status={item.status} />
              </span>
            }
            right={naira(kobo(item.totalDue) - kobo(item.paidAmount))}
            below={partsOf(item)}
            belowRight={t("loan.ofTotal", { total: naira(item.totalDue) })}
          />
        </li>
      ))}
    </List>
  );
}

function partsOf(item: Items[number]): string {
  const parts = [
    ["loan.part.principal", item.principalDue],
    ["loan.part.interest", item.interestDue],
    ["loan.part.fee", item.feeDue],
  ] as const;
  return parts
    .filter(([, value]) => kobo(value) !== 0)
    .map(([name, value]) => t(name, { amount: naira(value) }))
    .join(" · ");
}

/** What was paid, the latest first, each with its receipt. */
export function Payments({ entries }: { entries: Entries }) {
  if (entries.length === 0) return null;
  const latest = [...entries].sort((one, other) => other.paidAt.localeCompare(one.paidAt));
  return (
    <Section title={t("loan.payments")}>
      <List>
        {latest.map(entry => (
          <li key={entry.id}>
            <a href={`/api/repayments/${entry.id}/receipt`} target="_blank" rel="noopener" className={LINE}>
              <EntryLine entry={entry} />
              <Icon name="print" className="size-5 shrink-0 text-soft" />
              <span className="sr-only">{t("payment.printReceipt")}</span>
            </a>
          </li>
        ))}
      </List>
    </Section>
  );
}

/** Fees, penalties and rebates beside what was agreed; read when somebody looks. */
export function Charges({ loanId }: { loanId: string }) {
  return (
    <Folded title={t("loan.charges")}>
      <ListOfCharges loanId={loanId} />
    </Folded>
  );
}

function ListOfCharges({ loanId }: { loanId: string }) {
  const query = useQuery(reading("/api/loans/{loan_id}/charges", { path: { loan_id: loanId } }));
  return (
    <Loaded query={query} lines={1}>
      {({ data }) =>
        data.length === 0 ? (
          <Empty>{t("loan.noCharges")}</Empty>
        ) : (
          <List>
            {data.map(charge => (
              <li key={charge.id} className="px-4 py-3">
                <ChargeLine charge={charge} words={charge.note} />
              </li>
            ))}
          </List>
        )
      }
    </Loaded>
  );
}

/** What happened to the loan, and when. */
export function Timeline({ loan }: { loan: Loan }) {
  const steps = [
    ["timeline.created", loan.createdAt],
    ["timeline.submitted", loan.submittedAt],
    ["timeline.approved", loan.approvedAt],
    ["timeline.disbursed", loan.disbursedAt],
    ["timeline.closed", loan.closedAt],
  ] as const;
  return (
    <Section title={t("loan.timeline")}>
      <ol className="ml-2 grid gap-4 border-l-2 border-line pl-5">
        {steps.map(
          ([name, at]) =>
            at && (
              <li key={name} className="relative">
                <span className="absolute top-1.5 -left-[1.7rem] size-3 rounded-full bg-brand" />
                <p className="font-medium">{t(name)}</p>
                <p className="text-sm text-soft">{shownMoment(at)}</p>
              </li>
            ),
        )}
      </ol>
    </Section>
  );
}

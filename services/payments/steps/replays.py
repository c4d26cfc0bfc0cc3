"""What every change of a loan's facts ends with: its account is replayed from all of them, rewritten and published."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Generic, TypeVar
from uuid import UUID

from services.payments.domain.account import CLOSED, LISTED, Account, LoanStatus, account_status
from services.payments.domain.charges import with_charges
from services.payments.domain.instalment import Instalment, InstalmentStatus, instalment_status
from services.payments.domain.replay import Replayed, Standing, replay
from services.payments.events import AccountReplayed, AccountState, allocations_of, whole_account_after
from services.payments.models.rows import AllocationRow, InstalmentRow
from services.payments.queries import account_updates, counts, ledger
from services.payments.queries.ledger import Ledger
from shared.db import UnitOfWork
from shared.errors import Conflict
from shared.ids import new_id
from shared.money import ZERO, in_naira

A = TypeVar("A", bound=Account)

_derived = attrgetter(
    "sequence", "due_on", "is_listed", "penalty", "fee", "interest", "interest_rebated", "principal", "penalty_paid",
    "fee_paid", "interest_paid", "principal_paid", "status", "closed_at",
)  # fmt: skip


class MorePaidThanOwed(Conflict):
    """The recorded repayments would exceed what is owed after this, by the `surplus`."""

    def __init__(self, surplus: Decimal) -> None:
        super().__init__(f"By {in_naira(surplus)} more has been paid than would be owed.")
        self.surplus = surplus


@dataclass(frozen=True, slots=True)
class NewInstalment:
    """An instalment of a schedule as lending published it."""

    instalment_id: UUID
    sequence: int
    due_on: date
    principal: Decimal
    interest: Decimal


@dataclass(frozen=True, slots=True)
class NewSchedule:
    """A schedule of lending's, and the day from which it counts."""

    version: int
    counts_from: date
    lines: Sequence[NewInstalment]


@dataclass(frozen=True, slots=True)
class Change(Generic[A]):
    """What a replay makes of an account: the account after it, all its instalments, and the allocations of every live
    repayment.

    `changed` are the instalments that differ from what is stored, `touched` those that differ from what was published;
    `moved` are the repayments whose money lies elsewhere than before, `before` counts the listed instalments by kind.
    """

    account: A
    instalments: Sequence[InstalmentRow]
    changed: Sequence[InstalmentRow]
    touched: Sequence[InstalmentRow]
    allocations: Mapping[UUID, Sequence[AllocationRow]]
    moved: frozenset[UUID]
    before: Counter[str]
    recorded_at: datetime

    def account_after(self, *, version: int) -> AccountState:
        """The account after the change as the event of this version carries it."""
        return whole_account_after(replace(self.account, version=version), self.touched)


def derive(
    uow: UnitOfWork,
    account: A,
    *,
    at: datetime,
    closed_at: datetime | None = None,
    schedule: NewSchedule | None = None,
) -> Change[A]:
    """Replay an account, whose lock is held, from the facts that are recorded by now, on its schedule or a new one.

    Writes nothing. `closed_at` is the moment the loan closes at, if this is what completes it; `at` unless it is given.
    Raises MorePaidThanOwed.
    """
    recorded = ledger.ledgers_of(uow.connection, [account.loan_id])[account.loan_id]
    return derived(account, recorded, at=at, closed_at=closed_at, schedule=schedule)


def derived(
    account: A,
    recorded: Ledger,
    *,
    at: datetime,
    closed_at: datetime | None = None,
    schedule: NewSchedule | None = None,
) -> Change[A]:
    """Replay an account from what is recorded of it; see `derive`, which reads that. Raises MorePaidThanOwed."""
    plan, ids = _plan(recorded, schedule)
    replayed = replay(with_charges(plan, recorded.live_charges), recorded.facts)
    if replayed.overpaid:
        raise MorePaidThanOwed(replayed.overpaid)
    after = _account(account, recorded, replayed, closed_at or at)
    if schedule:
        after = replace(after, schedule_version=schedule.version)
    rows = _rows(after, recorded, {line.sequence: line for line in plan}, replayed, ids, at)
    stored = {row.id: row for row in recorded.instalments}
    changed = [row for row in rows if row.id not in stored or _derived(row) != _derived(stored[row.id])]
    allocations = _allocations(recorded, replayed, {row.sequence: row for row in rows}, at)
    return Change(
        account=after,
        instalments=rows,
        changed=changed,
        touched=_touched(rows, changed, stored) if schedule else changed,
        allocations=allocations,
        moved=frozenset(_moved(recorded, allocations)),
        before=Counter(_kind(row) for row in recorded.instalments if row.is_listed),
        recorded_at=at,
    )


def write(uow: UnitOfWork, change: Change[A], *, version: int) -> None:
    """Rewrite what is derived of an account, which has this `version` from now on, and keep the counts."""
    account = change.account
    ledger.rewrite(
        uow.connection,
        account.loan_id,
        kept=[row.id for row in change.instalments],
        changed=change.changed,
        allocated=[part for parts in change.allocations.values() for part in parts],
    )
    values = {
        "schedule_version": account.schedule_version,
        "status": account.status,
        "disbursed_at": account.disbursed_at,
        "closed_at": account.closed_at,
        "paid": account.paid,
        "outstanding": account.outstanding,
        "outstanding_principal": account.outstanding_principal,
        "last_paid_on": account.last_paid_on,
        "version": version,
    }
    account_updates.update_account(uow.connection, account.loan_id, values)
    difference = Counter(_kind(row) for row in change.instalments if row.is_listed)
    difference.subtract(change.before)
    counts.add(uow.connection, counts.INSTALMENTS, account.officer_id, difference)


def publish_replay(uow: UnitOfWork, change: Change[A], *, version: int) -> None:
    """Publish where all repayments went, as the account's fact of this version."""
    loan_id = change.account.loan_id
    uow.publish(
        AccountReplayed(
            aggregate_id=loan_id,
            version=version,
            loan_id=loan_id,
            repayments=[
                {"repayment_id": repayment_id, "allocations": allocations_of(parts)}
                for repayment_id, parts in change.allocations.items()
            ],
            recorded_at=change.recorded_at,
            account=change.account_after(version=version),
        )
    )


def _touched(
    rows: Sequence[InstalmentRow], changed: Sequence[InstalmentRow], stored: Mapping[UUID, InstalmentRow]
) -> list[InstalmentRow]:
    """What is worth publishing after a new schedule: its plan is published, and nothing of what became of it."""
    changed_ids = {row.id for row in changed if row.id in stored}
    return [row for row in rows if row.id in changed_ids or _is_unplanned(row)]


def _plan(recorded: Ledger, schedule: NewSchedule | None) -> tuple[Sequence[Instalment], dict[int, UUID]]:
    """The schedule to replay on, and the ids of its instalments by sequence, that of the line of charges included."""
    if schedule is None:
        return recorded.schedule, {row.sequence: row.id for row in recorded.instalments}
    lines = [Instalment(line.sequence, line.due_on, line.interest, line.principal) for line in schedule.lines]
    return lines, {line.sequence: line.instalment_id for line in schedule.lines}


def _account(account: A, recorded: Ledger, replayed: Replayed, closed_at: datetime) -> A:
    live = sorted(recorded.live_repayments, key=lambda row: row.account_version)
    paid, outstanding = sum((row.amount for row in live), ZERO), replayed.outstanding
    status = account_status(LoanStatus(account.lending_status), paid=paid, outstanding=outstanding)
    return replace(
        account,
        status=status.value,
        disbursed_at=account.disbursed_at or (live[0].paid_at if live else None),
        closed_at=(account.closed_at or closed_at) if status in CLOSED else None,
        paid=paid,
        outstanding=outstanding,
        outstanding_principal=sum((line.due.principal - line.principal_paid for line in replayed.standings), ZERO),
        last_paid_on=max((row.paid_on for row in live), default=None),
    )


def _rows(
    account: Account,
    recorded: Ledger,
    plan: Mapping[int, Instalment],
    replayed: Replayed,
    ids: dict[int, UUID],
    at: datetime,
) -> list[InstalmentRow]:
    created = {row.id: row.created_at for row in recorded.instalments}
    waived_at = max((row.waived_at for row in recorded.charges if row.waived_at), default=at)
    rows = []
    for standing in replayed.standings:
        due = standing.due
        instalment_id = ids.setdefault(due.sequence, new_id())
        created_at = created.get(instalment_id, at)
        # What nothing was ever paid of, and nothing is owed of, closed when it was made, or when it was waived.
        never_owed = waived_at if due.is_charge_line else created_at
        rows.append(_row(account, instalment_id, standing, plan.get(due.sequence), created_at, at, never_owed))
    return rows


def _row(
    account: Account,
    instalment_id: UUID,
    standing: Standing,
    planned: Instalment | None,
    created_at: datetime,
    at: datetime,
    never_owed: datetime,
) -> InstalmentRow:
    due = standing.due
    status = instalment_status(due=due.total, paid=standing.paid)
    return InstalmentRow(
        id=instalment_id,
        loan_id=account.loan_id,
        officer_id=account.officer_id,
        is_listed=account.status in LISTED,
        sequence=due.sequence,
        due_on=due.due_on,
        penalty=due.penalty,
        fee=due.fee,
        interest=due.interest,
        interest_rebated=planned.interest - due.interest if planned else ZERO,
        is_charge_line=due.is_charge_line,
        principal=due.principal,
        total=due.total,
        penalty_paid=standing.penalty_paid,
        fee_paid=standing.fee_paid,
        interest_paid=standing.interest_paid,
        principal_paid=standing.principal_paid,
        paid=standing.paid,
        status=status.value,
        closed_at=(standing.closed_at or never_owed) if status is InstalmentStatus.PAID else None,
        created_at=created_at,
        updated_at=at,
    )


def _allocations(
    recorded: Ledger, replayed: Replayed, instalments: Mapping[int, InstalmentRow], at: datetime
) -> dict[UUID, list[AllocationRow]]:
    """The allocations by repayment; one that is as it was keeps its id and its time."""
    stored = {(row.repayment_id, row.instalment_id): row for row in recorded.allocations}
    allocations: dict[UUID, list[AllocationRow]] = {}
    for repayment_id, parts in replayed.allocations.items():
        allocations[repayment_id] = []
        for part in parts:
            instalment = instalments[part.sequence]
            row = AllocationRow(
                id=new_id(),
                repayment_id=repayment_id,
                instalment_id=instalment.id,
                sequence=part.sequence,
                due_on=instalment.due_on,
                penalty=part.penalty,
                fee=part.fee,
                interest=part.interest,
                principal=part.principal,
                amount=part.total,
                created_at=at,
            )
            before = stored.get((repayment_id, instalment.id))
            if before is not None and before.by_part == row.by_part:
                row = replace(row, id=before.id, created_at=before.created_at)
            allocations[repayment_id].append(row)
    return allocations


def _moved(recorded: Ledger, allocations: Mapping[UUID, Sequence[AllocationRow]]) -> Iterable[UUID]:
    before = Counter((row.repayment_id, row.instalment_id, row.by_part) for row in recorded.allocations)
    after = Counter(
        (row.repayment_id, row.instalment_id, row.by_part) for parts in allocations.values() for row in parts
    )
    return {repayment_id for repayment_id, _, _ in (before - after) + (after - before)}


def _is_unplanned(row: InstalmentRow) -> bool:
    """Whether an instalment is not as lending planned it."""
    return bool(row.paid or row.penalty or row.fee or row.interest_rebated or row.is_charge_line)


def _kind(row: InstalmentRow) -> str:
    return counts.PAID if row.closed_at else counts.OPEN

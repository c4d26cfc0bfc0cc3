"""What every change of a loan's facts ends with: the account replayed from all of them, rewritten, counted and told."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.payments import wire
from services.payments.domain.account import CLOSED, LISTED, LoanStatus, account_status
from services.payments.domain.charges import with_charges
from services.payments.domain.instalment import Instalment, InstalmentStatus, instalment_status
from services.payments.domain.replay import Replayed, Standing, replay
from services.payments.events import AccountReplayed, AccountState, allocations_of, charge_added, whole_account_after
from services.payments.models.ledger import Row
from services.payments.queries import account_updates, counts, ledger
from services.payments.queries.accounts import allocation_row
from services.payments.queries.ledger import Ledger
from shared.db import UnitOfWork
from shared.errors import Conflict
from shared.ids import new_id
from shared.money import ZERO
from shared.wire import money

Values = dict[str, Any]

_DERIVED = (
    "sequence", "due_on", "is_listed", "penalty", "fee", "interest", "interest_rebated", "principal", "penalty_paid",
    "fee_paid", "interest_paid", "principal_paid", "status", "closed_at",
)  # fmt: skip


class MorePaidThanOwed(Conflict):
    """The repayments that are there would exceed what is owed after this, by the `surplus`."""

    def __init__(self, surplus: Decimal) -> None:
        super().__init__(f"By ₦{surplus:,.2f} more has been paid than would be owed.")
        self.surplus = surplus


@dataclass(frozen=True, slots=True)
class NewSchedule:
    """A schedule of lending's: its `lines` have `instalment_id`, `sequence`, `due_on`, `interest` and `principal`."""

    version: int
    lines: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Change:
    """What a replay makes of an account: its columns after it, all instalments, those of them that are not what they
    were, those that are not as others know them, and the allocations of every live repayment; `moved` are the
    repayments whose money lies elsewhere than before."""

    account: Values
    instalments: Sequence[Values]
    changed: Sequence[Values]
    touched: Sequence[Values]
    postings: Mapping[UUID, Sequence[Values]]
    moved: frozenset[UUID]
    before: Counter[str]


def derive(
    uow: UnitOfWork,
    account: Row,
    *,
    at: datetime,
    closed_at: datetime | None = None,
    schedule: NewSchedule | None = None,
) -> Change:
    """Replay an account, whose lock is held, from the facts that are recorded by now, on its schedule or a new one.

    Writes nothing. `closed_at` is the moment the loan closes at, if this is what completes it; `at` unless it is given.
    Raises MorePaidThanOwed.
    """
    recorded = ledger.ledgers_of(uow.connection, [account["loan_id"]])[account["loan_id"]]
    plan, ids = _plan(recorded, schedule)
    replayed = replay(with_charges(plan, recorded.live_charges), recorded.facts)
    if replayed.overpaid:
        raise MorePaidThanOwed(replayed.overpaid)
    after = _account(account, recorded, replayed, closed_at or at) | {
        "schedule_version": schedule.version if schedule else account["schedule_version"]
    }
    rows = _rows(after, recorded, {line.sequence: line for line in plan}, replayed, ids, at)
    known = {row["id"]: row for row in recorded.instalments}
    changed = [row for row in rows if _differs(row, known.get(row["id"]))]
    postings = _postings(recorded, replayed, ids, at)
    return Change(
        account=after,
        instalments=rows,
        changed=changed,
        touched=_touched(rows, changed, known) if schedule else changed,
        postings=postings,
        moved=frozenset(_moved(recorded, postings)),
        before=Counter(_kind(row) for row in recorded.instalments if row["is_listed"]),
    )


def write(uow: UnitOfWork, change: Change, *, version: int) -> None:
    """Rewrite what is derived of an account, which has this `version` from now on, and keep the counts."""
    account = change.account
    ledger.rewrite(
        uow.connection,
        account["loan_id"],
        kept=[row["id"] for row in change.instalments],
        changed=change.changed,
        parts=[part for parts in change.postings.values() for part in parts],
    )
    names = (
        "schedule_version", "status", "disbursed_at", "closed_at", "paid", "outstanding", "outstanding_principal",
        "last_paid_on",
    )  # fmt: skip
    values = {name: account[name] for name in names} | {"version": version}
    account_updates.update_account(uow.connection, account["loan_id"], values)
    difference = Counter(_kind(row) for row in change.instalments if row["is_listed"])
    difference.subtract(change.before)
    counts.add(uow.connection, counts.INSTALMENTS, account["officer_id"], difference)


def tell_replayed(uow: UnitOfWork, change: Change, *, version: int) -> None:
    """Tell where all repayments went, as the account's fact of this version."""
    uow.publish(
        AccountReplayed(
            aggregate_id=change.account["loan_id"],
            version=version,
            loan_id=change.account["loan_id"],
            repayments=[
                {"repayment_id": repayment_id, "allocations": allocations_of(parts)}
                for repayment_id, parts in change.postings.items()
            ],
            account=account_after(change, version=version),
        )
    )


def tell_charge(uow: UnitOfWork, charge: Row, account: Row, told: AccountState, *, action: str) -> Row:
    """Tell of a new charge or rebate, with the account `told` as it is after it, and leave an audit entry of this
    action. Returns the charge as it is shown."""
    uow.publish(charge_added(charge, account, told))
    shown = {**charge, "reason": None, "waived_by": None, "waived_at": None, "reversed_by_id": None}
    uow.audit(
        action=action,
        entity_name="Charge",
        entity_id=charge["id"],
        after=wire.charge(shown),
        metadata={"loanNumber": account["loan_number"], "outstanding": money(told["outstanding"])},
    )
    return shown


def _touched(rows: Sequence[Values], changed: Sequence[Values], known: Mapping[UUID, Row]) -> list[Values]:
    """What is worth telling after a new schedule: the others know its plan, and nothing of what became of it."""
    kept = {row["id"] for row in changed if row["id"] in known}
    return [row for row in rows if row["id"] in kept or _is_unplanned(row)]


def account_after(change: Change, *, version: int) -> AccountState:
    """The account after a change as events tell it."""
    return whole_account_after(change.account | {"version": version}, change.touched)


def _plan(recorded: Ledger, schedule: NewSchedule | None) -> tuple[list[Instalment], dict[int, UUID]]:
    """The schedule to replay on, and the ids of its instalments by sequence, that of the line of charges included."""
    if schedule is None:
        return recorded.schedule, {row["sequence"]: row["id"] for row in recorded.instalments}
    lines = [
        Instalment(line["sequence"], line["due_on"], line["interest"], line["principal"]) for line in schedule.lines
    ]
    return lines, {line["sequence"]: line["instalment_id"] for line in schedule.lines}


def _account(account: Row, recorded: Ledger, replayed: Replayed, closed_at: datetime) -> Values:
    live = sorted(recorded.live_repayments, key=lambda row: row["account_version"])
    paid, outstanding = sum((row["amount"] for row in live), ZERO), replayed.outstanding
    status = account_status(LoanStatus(account["facts"]["status"]), paid=paid, outstanding=outstanding)
    return {
        **account,
        "status": status.value,
        "disbursed_at": account["disbursed_at"] or (live[0]["paid_at"] if live else None),
        "closed_at": (account["closed_at"] or closed_at) if status in CLOSED else None,
        "paid": paid,
        "outstanding": outstanding,
        "outstanding_principal": sum((line.due.principal - line.principal_paid for line in replayed.standings), ZERO),
        "last_paid_on": max((row["paid_on"] for row in live), default=None),
    }


def _rows(
    account: Row,
    recorded: Ledger,
    plan: Mapping[int, Instalment],
    replayed: Replayed,
    ids: dict[int, UUID],
    at: datetime,
) -> list[Values]:
    known = {row["id"]: row for row in recorded.instalments}
    waived_at = max((row["waived_at"] for row in recorded.charges if row["waived_at"]), default=at)
    rows = []
    for standing in replayed.standings:
        due = standing.due
        instalment_id = ids.setdefault(due.sequence, new_id())
        created_at = known[instalment_id]["created_at"] if instalment_id in known else at
        # What nothing was ever paid of, and nothing is owed of, closed when it was made, or when it was waived.
        never_owed = waived_at if due.is_charge_line else created_at
        status = instalment_status(due=due.total, paid=standing.paid)
        rows.append(
            {
                "id": instalment_id,
                "loan_id": account["loan_id"],
                "officer_id": account["officer_id"],
                "is_listed": account["status"] in LISTED,
                "is_charge_line": due.is_charge_line,
                **_amounts(standing, plan.get(due.sequence)),
                "status": status.value,
                "closed_at": (standing.closed_at or never_owed) if status is InstalmentStatus.PAID else None,
                "created_at": created_at,
                "updated_at": at,
            }
        )
    return rows


def _amounts(standing: Standing, planned: Instalment | None) -> Values:
    due = standing.due
    return {
        "sequence": due.sequence,
        "due_on": due.due_on,
        "penalty": due.penalty,
        "fee": due.fee,
        "interest": due.interest,
        "interest_rebated": planned.interest - due.interest if planned else ZERO,
        "principal": due.principal,
        "penalty_paid": standing.penalty_paid,
        "fee_paid": standing.fee_paid,
        "interest_paid": standing.interest_paid,
        "principal_paid": standing.principal_paid,
        "paid": standing.paid,
    }


def _postings(recorded: Ledger, replayed: Replayed, ids: Mapping[int, UUID], at: datetime) -> dict[UUID, list[Values]]:
    """The allocations by repayment; one that is as it was keeps its id and its time."""
    known = {(row["repayment_id"], row["instalment_id"]): row for row in recorded.allocations}
    postings: dict[UUID, list[Values]] = {}
    for repayment_id, parts in replayed.allocations.items():
        postings[repayment_id] = []
        for part in parts:
            instalment_id = ids[part.sequence]
            row = allocation_row(part, repayment_id=repayment_id, instalment_id=instalment_id, at=at)
            before = known.get((repayment_id, instalment_id))
            if before is not None and _parts(before) == _parts(row):
                row |= {"id": before["id"], "created_at": before["created_at"]}
            postings[repayment_id].append(row)
    return postings


def _moved(recorded: Ledger, postings: Mapping[UUID, Sequence[Row]]) -> Iterable[UUID]:
    before = Counter((row["repayment_id"], row["instalment_id"], *_parts(row)) for row in recorded.allocations)
    after = Counter(
        (row["repayment_id"], row["instalment_id"], *_parts(row)) for parts in postings.values() for row in parts
    )
    return {repayment_id for repayment_id, *_ in (before - after) + (after - before)}


def _parts(row: Row) -> tuple[Any, ...]:
    return row["penalty"], row["fee"], row["interest"], row["principal"]


def _differs(row: Row, known: Row | None) -> bool:
    return known is None or any(row[name] != known[name] for name in _DERIVED)


def _is_unplanned(row: Row) -> bool:
    """Whether an instalment is not as lending planned it."""
    names = ("paid", "penalty", "fee", "interest_rebated", "is_charge_line")
    return any(row[name] for name in names)


def _kind(row: Row) -> str:
    return counts.PAID if row["closed_at"] else counts.OPEN

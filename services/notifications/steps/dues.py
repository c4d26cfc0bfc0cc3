"""Keeping when money of loans falls due, by the events of lending and payments."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from services.notifications.domain.dues import Dues, Line, LineChange
from services.notifications.queries import dues
from shared.messaging.events import Envelope
from shared.messaging.handlers import Payload

_SERVED = frozenset({"ACTIVE", "DEFAULTED"})
# Nothing falls due of these unless a schedule comes with them.
_UNDECIDED = frozenset({"DRAFT", "PENDING_APPROVAL", "APPROVED", "CANCELED"})


class ScheduleLine(Payload):
    sequence: int
    due_on: date
    principal: Decimal
    interest: Decimal


class LoanEvent(Payload):
    loan_id: UUID
    loan_number: str
    member_id: UUID
    union_id: UUID
    principal: Decimal
    interest_total: Decimal
    status: str
    loan_type_id: UUID | None = None
    schedule_version: int = 0
    schedule: list[ScheduleLine] | None = None


class AccountLine(Payload):
    """How far a line is paid, and, where charges changed that, what falls due of it."""

    sequence: int
    paid: Decimal
    status: str
    due_on: date | None = None
    penalty: Decimal | None = None
    fee: Decimal | None = None
    interest: Decimal | None = None
    principal: Decimal | None = None


class Account(Payload):
    version: int
    schedule_version: int
    outstanding: Decimal
    settled: bool
    instalments: list[AccountLine]


class AccountEvent(Payload):
    loan_id: UUID
    account: Account


Loans = Sequence[tuple[LoanEvent, Envelope]]
Accounts = Sequence[tuple[AccountEvent, Envelope]]


def keep_dues(connection: Connection, loans: Loans, accounts: Accounts, at: datetime) -> dict[UUID, Dues]:
    """Keep what these events say, and return the dues of the loans they are about, as they are then."""
    loans = [event for event in loans if event[0].schedule is not None or event[0].status not in _UNDECIDED]
    ids = {loan.loan_id for loan, _ in loans} | {paid.loan_id for paid, _ in accounts}
    if not ids:
        return {}
    before = dues.dues_for_update(connection, ids)
    after = dict(before)
    for loan, envelope in loans:
        after[loan.loan_id] = _with_loan(after[loan.loan_id], loan, envelope)
    for paid, envelope in accounts:
        is_anew = envelope.type == "payments.account.restated.v1"
        after[paid.loan_id] = _with_account(after[paid.loan_id], paid.account, is_anew=is_anew)
    dues.save_dues(connection, before, after.values(), at=at)
    return after


def _with_loan(one: Dues, loan: LoanEvent, envelope: Envelope) -> Dues:
    one = one.with_loan(
        version=envelope.version,
        loan_number=loan.loan_number,
        member_id=loan.member_id,
        union_id=loan.union_id,
        is_served=loan.status in _SERVED and not envelope.type.endswith(".deleted.v1"),
    )
    if loan.schedule is None:
        return one
    lines = {line.sequence: Line(line.due_on, line.principal + line.interest) for line in loan.schedule}
    if envelope.type == "lending.loan.restated.v1":
        return one.with_schedule_anew(loan.schedule_version, lines) if one.version == envelope.version else one
    return one.with_schedule(loan.schedule_version, lines)


def _with_account(one: Dues, account: Account, *, is_anew: bool) -> Dues:
    changes = [
        LineChange(line.sequence, line.paid, line.status == "PAID", _changed_line(line)) for line in account.instalments
    ]
    after = one.with_account_anew if is_anew else one.with_account
    return after(version=account.version, schedule_version=account.schedule_version, lines=changes)


def _changed_line(line: AccountLine) -> Line | None:
    if line.due_on is None or line.penalty is None:
        return None
    parts = [part for part in (line.fee, line.interest, line.principal) if part is not None]
    return Line(line.due_on, sum(parts, start=line.penalty), line.penalty) if len(parts) == 3 else None

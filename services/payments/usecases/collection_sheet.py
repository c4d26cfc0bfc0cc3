"""An officer hands in the sheet of a union: many payments at once, each judged for itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from services.payments.domain.cash import Pieces, check_count
from services.payments.domain.collection_sheet import (
    CASH,
    Figures,
    Line,
    PaidLine,
    UnpaidLine,
    Verdict,
    attendance_of,
    check_once,
    check_sheet,
    figures,
)
from services.payments.domain.reference import is_made_by_client
from services.payments.domain.value_date import Books
from services.payments.models.rows import AttendanceRow, RecordedPayment, SheetHandedInRow
from services.payments.queries import accounts, ledger, repayments, sheets
from services.payments.steps.repayments import (
    DEFAULT_BOOKS,
    LoanNotFound,
    Locked,
    Payment,
    Recorded,
    record_payments,
)
from services.payments.steps.sheets import keep_handed_in
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import Conflict, DomainError, NotFound, RuleViolated
from shared.ids import new_id
from shared.money import ZERO, in_naira


class UnionNotFound(NotFound):
    """No such union, or not one of this officer's."""


class KeyOfAnotherPayment(Conflict):
    """The key of a line stands for another payment already."""


class UnreadableLine(RuleViolated):
    """What is written on a line cannot be a payment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dating:
    """When the money of a sheet was paid, and when it is recorded; `is_dated`: the sheet says the day."""

    paid_at: datetime
    paid_on: date
    recorded_at: datetime
    business_date: date
    is_dated: bool = False
    books: Books = DEFAULT_BOOKS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line: which repayment it is, recorded now or before, or why it is refused.

    `recorded` has more of a repayment that was recorded now.
    """

    line: Line
    verdict: Verdict
    repayment_id: UUID | None = None
    recorded: Recorded | None = None
    refusal: DomainError | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """What a line offered when the sheet was given out, and what it offered when it came back."""

    line: PaidLine
    was: Figures
    now: Figures


@dataclass(frozen=True, slots=True)
class SheetRecorded:
    """What became of every line, in their order, and those whose loans had changed since the sheet was given out;
    `is_new` unless it brought nothing that was not recorded before."""

    outcomes: Sequence[Outcome]
    changed: Sequence[Changed]
    is_new: bool


Outcomes = dict[int, Outcome]


def record_sheet(
    uow: UnitOfWork,
    *,
    by: Actor,
    union_id: UUID,
    lines: Sequence[Line],
    cash_handed_over: Decimal,
    dating: Dating,
    cash_count: Sequence[Pieces] | None = None,
) -> SheetRecorded:
    """Record the payments on a sheet, each judged for itself: one that is refused keeps none of the others back.

    A line whose key was recorded before is not recorded again, whoever sends the sheet once more at the same time.
    Who was there is noted by it. Nothing at all is recorded when the sheet itself is wrong. Raises UnionNotFound,
    LineTwice, CashDiffers, DenominationTwice, CashCountDiffers.
    """
    if sheets.union_in_scope(uow.connection, by, union_id) is None:
        raise UnionNotFound("Union not found")
    check_sheet(lines, cash_handed_over)
    if cash_count is not None:
        check_count(cash_count, cash_handed_over)
    paid = [line for line in lines if isinstance(line, PaidLine)]
    payments = {line.number: _payment(line, by, dating) for line in paid}
    claimed = _claim(uow, by, paid, payments, dating.recorded_at)
    loan_ids = [line.loan_id for line in lines if line.loan_id]
    locked = accounts.accounts_of_union_for_update(uow.connection, loan_ids, union_id)
    check_once((account.member_code or account.member_id for account in locked.values()), "Member", "loanId")

    outcomes = {line.number: _outcome(line) for line in lines if isinstance(line, UnpaidLine)}
    outcomes |= _recorded_before(uow, by, [line for line in paid if line.key not in claimed])
    outcomes |= _recorded_by_reference(uow, _without(outcomes, paid))
    changed = _changed(uow, _without(outcomes, paid), locked, dating.paid_on)
    outcomes |= _record(uow, locked, _without(outcomes, paid), payments)

    unused = [line.key for line in paid if line.key in claimed and not outcomes[line.number].recorded]
    if unused:
        sheets.release_lines(uow.connection, by.id, unused)
    in_order = [outcomes[line.number] for line in lines]
    kept = [outcome for outcome in in_order if outcome.line.loan_id in locked]
    is_new = any(outcome.verdict is not Verdict.REFUSED for outcome in kept) and keep_handed_in(
        uow, _handed_in(by, union_id, in_order, cash_count, dating), _marks(by, union_id, kept, locked, dating)
    )
    return SheetRecorded(in_order, changed, is_new)


def _marks(
    by: Actor, union_id: UUID, outcomes: Sequence[Outcome], locked: Locked, dating: Dating
) -> list[AttendanceRow]:
    return [
        AttendanceRow(locked[loan_id].member_id, dating.paid_on, union_id, mark, by.id, dating.recorded_at)
        for outcome in outcomes
        if (loan_id := outcome.line.loan_id) and (mark := attendance_of(outcome.verdict))
    ]


def _handed_in(
    by: Actor, union_id: UUID, outcomes: Sequence[Outcome], cash_count: Sequence[Pieces] | None, dating: Dating
) -> SheetHandedInRow:
    recorded = [outcome.line for outcome in outcomes if isinstance(outcome.line, PaidLine) and outcome.recorded]
    verdicts = [outcome.verdict for outcome in outcomes]
    return SheetHandedInRow(
        id=new_id(),
        union_id=union_id,
        day=dating.paid_on,
        handed_in_by=by.id,
        handed_in_at=dating.recorded_at,
        recorded=len(recorded),
        amount=sum((line.amount for line in recorded), ZERO),
        cash=sum((line.amount for line in recorded if line.method == CASH), ZERO),
        refused=verdicts.count(Verdict.REFUSED),
        absent=verdicts.count(Verdict.ABSENT),
        cash_count=None if cash_count is None else [
            {"denomination": f"{pieces.denomination:.2f}", "count": pieces.count} for pieces in cash_count
        ],
    )  # fmt: skip


def _without(outcomes: Outcomes, lines: Iterable[PaidLine]) -> list[PaidLine]:
    return [line for line in lines if line.number not in outcomes]


def _outcome(line: UnpaidLine) -> Outcome:
    return Outcome(line, line.verdict, refusal=UnreadableLine(line.fault) if line.fault else None)


def _payment(line: PaidLine, by: Actor, dating: Dating) -> Payment:
    return Payment(
        by=by,
        loan_id=line.loan_id,
        amount=line.amount,
        method=line.method,
        paid_at=dating.paid_at,
        paid_on=dating.paid_on,
        recorded_at=dating.recorded_at,
        business_date=dating.business_date,
        reference=line.reference,
        notes=line.notes,
        is_dated=dating.is_dated,
        books=dating.books,
    )


def _claim(
    uow: UnitOfWork, by: Actor, lines: Sequence[PaidLine], payments: Mapping[int, Payment], at: datetime
) -> set[str]:
    """The keys that were not used before. Whoever sends one at the same time waits here, and finds it used then."""
    requested = {line.key: RecordedPayment(payments[line.number].id, line.loan_id, line.amount) for line in lines}
    return sheets.claim_lines(uow.connection, by.id, requested, at) if requested else set()


def _recorded_before(uow: UnitOfWork, by: Actor, lines: Sequence[PaidLine]) -> Outcomes:
    """What becomes of lines whose keys were used before: each is the same payment once more, or another one."""
    if not lines:
        return {}
    earlier = sheets.lines_of_keys(uow.connection, by.id, [line.key for line in lines])
    return {line.number: _recorded_as(line, earlier[line.key]) for line in lines}


def _recorded_as(line: PaidLine, earlier: RecordedPayment) -> Outcome:
    if (earlier.loan_id, earlier.amount) == (line.loan_id, line.amount):
        return Outcome(line, Verdict.ALREADY_RECORDED, earlier.repayment_id)
    refusal = KeyOfAnotherPayment(f"This key or reference stands for another payment, of {in_naira(earlier.amount)}")
    return Outcome(line, Verdict.REFUSED, refusal=refusal)


def _recorded_by_reference(uow: UnitOfWork, lines: Sequence[PaidLine]) -> Outcomes:
    """What becomes of lines with a reference of the web client that stands on a payment of their loan already."""
    by_reference = {
        (line.loan_id, line.reference): line for line in lines if line.reference and is_made_by_client(line.reference)
    }
    found = repayments.repayments_by_reference(uow.connection, by_reference.keys())
    return {line.number: _recorded_as(line, found[key]) for key, line in by_reference.items() if key in found}


def _changed(uow: UnitOfWork, lines: Sequence[PaidLine], locked: Locked, on: date) -> list[Changed]:
    """The lines whose loans are not what they were when the sheet was given out."""
    older = [
        (line, line.seen, account)
        for line in lines
        if line.seen
        and (account := locked.get(line.loan_id))
        and line.seen.is_older_than(account.schedule_version, account.version)
    ]
    if not older:
        return []
    standings = ledger.standings_of(uow.connection, [line.loan_id for line, _, _ in older])
    return [
        Changed(line, seen.figures, figures(standings[line.loan_id], account.interest_rule, on=on))
        for line, seen, account in older
    ]


def _record(uow: UnitOfWork, locked: Locked, lines: Sequence[PaidLine], payments: Mapping[int, Payment]) -> Outcomes:
    """Record what is left, each line as if it came alone."""
    of_union = [payments[line.number] for line in lines if line.loan_id in locked]
    recorded = record_payments(uow, locked, of_union)
    return {line.number: _recorded_now(line, payments[line.number].id, recorded) for line in lines}


def _recorded_now(line: PaidLine, payment_id: UUID, recorded: Mapping[UUID, Recorded | DomainError]) -> Outcome:
    match recorded.get(payment_id):
        case None:
            return Outcome(line, Verdict.REFUSED, refusal=LoanNotFound("Loan not found in this union"))
        case Recorded() as one:
            return Outcome(line, Verdict.RECORDED, payment_id, one)
        case refusal:
            return Outcome(line, Verdict.REFUSED, refusal=refusal)

"""An officer hands in the sheet of a union: many payments at once, each judged for itself."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from services.payments.domain.account import LISTED
from services.payments.domain.collection_sheet import (
    Figures,
    Line,
    PaidLine,
    UnpaidLine,
    Verdict,
    check_once,
    check_sheet,
    figures,
)
from services.payments.domain.reference import is_made_by_client
from services.payments.domain.value_date import Books
from services.payments.events import account_told
from services.payments.models import Row
from services.payments.queries import accounts, counts, ledger, sheets
from services.payments.usecases.repayment import (
    DEFAULT_BOOKS,
    LoanNotFound,
    Recorded,
    account_after,
    check_payment,
    is_backdated,
    may_settle,
    new_repayment,
    post,
    record_repayment,
    tell_recorded,
)
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import Conflict, DomainError, NotFound, RuleViolated
from shared.ids import new_id


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
    """What became of every line, in their order, and those whose loans had changed since the sheet was given out."""

    outcomes: Sequence[Outcome]
    changed: Sequence[Changed]


Outcomes = dict[int, Outcome]


def record_sheet(
    uow: UnitOfWork, *, by: Actor, union_id: UUID, lines: Sequence[Line], cash_handed_over: Decimal, dating: Dating
) -> SheetRecorded:
    """Record the payments on a sheet, each judged for itself: one that is refused keeps none of the others back.

    A line whose key was recorded before is not recorded again, whoever sends the sheet once more at the same time.
    Nothing at all is recorded when the sheet itself is wrong. Raises UnionNotFound, LineTwice, CashDiffers.
    """
    if sheets.union_in_scope(uow.connection, by, union_id) is None:
        raise UnionNotFound("Union not found")
    check_sheet(lines, cash_handed_over)
    paid = [line for line in lines if isinstance(line, PaidLine)]
    ids = {line.number: new_id() for line in paid}
    claimed = _claim(uow, by, paid, ids, dating.recorded_at)
    there = accounts.accounts_for_update(uow.connection, [line.loan_id for line in lines if line.loan_id], union_id)
    check_once((account["member_code"] or account["member_id"] for account in there.values()), "Member", "loanId")

    outcomes = {line.number: _outcome(line) for line in lines if isinstance(line, UnpaidLine)}
    outcomes |= _recorded_before(uow, by, [line for line in paid if line.key not in claimed])
    outcomes |= _recorded_by_reference(uow, _without(outcomes, paid))
    changed = _changed(uow, _without(outcomes, paid), there, dating.paid_on)
    outcomes |= _refused(_without(outcomes, paid), there, dating)
    todo = [(line, there[line.loan_id], ids[line.number]) for line in _without(outcomes, paid)]
    outcomes |= _receive(uow, by, todo, dating)

    unused = [line.key for line in paid if line.key in claimed and not outcomes[line.number].recorded]
    if unused:
        sheets.release_lines(uow.connection, by.id, unused)
    return SheetRecorded([outcomes[line.number] for line in lines], changed)


def _without(outcomes: Outcomes, lines: Iterable[PaidLine]) -> list[PaidLine]:
    return [line for line in lines if line.number not in outcomes]


def _outcome(line: UnpaidLine) -> Outcome:
    return Outcome(line, line.verdict, refusal=UnreadableLine(line.fault) if line.fault else None)


def _claim(uow: UnitOfWork, by: Actor, lines: Sequence[PaidLine], ids: Mapping[int, UUID], at: datetime) -> set[str]:
    """The keys that were not used before. Whoever sends one at the same time waits here, and finds it used then."""
    rows = [
        {"key": line.key, "loan_id": line.loan_id, "amount": line.amount, "repayment_id": ids[line.number]}
        for line in lines
    ]
    return sheets.claim_lines(uow.connection, by.id, rows, at) if rows else set()


def _recorded_before(uow: UnitOfWork, by: Actor, lines: Sequence[PaidLine]) -> Outcomes:
    """What becomes of lines whose keys were used before: each is the same payment once more, or another one."""
    if not lines:
        return {}
    known = sheets.lines_of_keys(uow.connection, by.id, [line.key for line in lines])
    return {line.number: _recorded_as(line, known[line.key]) for line in lines}


def _recorded_as(line: PaidLine, earlier: Row) -> Outcome:
    if (earlier["loan_id"], earlier["amount"]) == (line.loan_id, line.amount):
        return Outcome(line, Verdict.ALREADY_RECORDED, earlier["repayment_id"])
    refusal = KeyOfAnotherPayment(f"This key or reference stands for another payment, of ₦{earlier['amount']:,.2f}")
    return Outcome(line, Verdict.REFUSED, refusal=refusal)


def _recorded_by_reference(uow: UnitOfWork, lines: Sequence[PaidLine]) -> Outcomes:
    """What becomes of lines with a reference of the web client that stands on a payment of their loan already."""
    by_reference = {
        (line.loan_id, line.reference): line for line in lines if line.reference and is_made_by_client(line.reference)
    }
    if not by_reference:
        return {}
    found = sheets.repayments_by_reference(uow.connection, by_reference.keys())
    return {line.number: _recorded_as(line, found[key]) for key, line in by_reference.items() if key in found}


def _changed(uow: UnitOfWork, lines: Sequence[PaidLine], there: Mapping[UUID, Row], on: date) -> list[Changed]:
    """The lines whose loans are not what they were when the sheet was given out."""
    older = [
        (line, line.seen, account)
        for line in lines
        if line.seen
        and (account := there.get(line.loan_id))
        and line.seen.is_older_than(account["schedule_version"], account["version"])
    ]
    if not older:
        return []
    standings = ledger.standings_of(uow.connection, [line.loan_id for line, _, _ in older])
    return [
        Changed(line, seen.figures, figures(standings[line.loan_id], ledger.interest_rule(account), on=on))
        for line, seen, account in older
    ]


def _refused(lines: Sequence[PaidLine], there: Mapping[UUID, Row], dating: Dating) -> Outcomes:
    """Those that would be refused if they came alone."""
    refusals = ((line, _refusal(line, there.get(line.loan_id), dating)) for line in lines)
    return {line.number: Outcome(line, Verdict.REFUSED, refusal=refusal) for line, refusal in refusals if refusal}


def _refusal(line: PaidLine, account: Row | None, dating: Dating) -> DomainError | None:
    if account is None:
        return LoanNotFound("Loan not found in this union")
    try:
        check_payment(
            account,
            line.amount,
            dating.paid_on,
            business_date=dating.business_date,
            is_dated=dating.is_dated,
            books=dating.books,
        )
    except DomainError as refusal:
        return refusal
    return None


def _receive(uow: UnitOfWork, by: Actor, todo: Sequence[tuple[PaidLine, Row, UUID]], dating: Dating) -> Outcomes:
    """Record what is left: together what only takes money off its loan, alone what has its loan replayed."""
    alone = [
        (line, repayment_id)
        for line, account, repayment_id in todo
        if is_backdated(account, dating.paid_on) or may_settle(account, line.amount)
    ]
    set_apart = {line.number for line, _ in alone}
    together = [(line, account, repayment_id) for line, account, repayment_id in todo if line.number not in set_apart]
    outcomes = _receive_together(uow, by, together, dating)
    return outcomes | {line.number: _receive_alone(uow, by, line, repayment_id, dating) for line, repayment_id in alone}


def _receive_together(
    uow: UnitOfWork, by: Actor, todo: Sequence[tuple[PaidLine, Row, UUID]], dating: Dating
) -> Outcomes:
    if not todo:
        return {}
    reached = accounts.instalments_reached_by(uow.connection, {line.loan_id: line.amount for line, _, _ in todo})
    recorded: dict[int, Recorded] = {}
    for line, account, repayment_id in todo:
        repayment = new_repayment(
            account,
            by,
            repayment_id=repayment_id,
            amount=line.amount,
            method=line.method,
            paid_at=dating.paid_at,
            paid_on=dating.paid_on,
            recorded_at=dating.recorded_at,
            business_date=dating.business_date,
            reference=line.reference,
            notes=line.notes,
        )
        postings = post(repayment, reached[line.loan_id])
        recorded[line.number] = Recorded(repayment, postings, account_after(account, repayment, postings), is_new=True)
    accounts.write_repayments(
        uow.connection, [(one.repayment, one.allocations, one.account) for one in recorded.values()]
    )
    for one in recorded.values():
        told = account_told(one.account, one.allocations)
        tell_recorded(uow, one.repayment, one.allocations, one.account, told)
    _count(uow, [(account, recorded[line.number]) for line, account, _ in todo])
    return {
        line.number: Outcome(line, Verdict.RECORDED, repayment_id, recorded[line.number])
        for line, _, repayment_id in todo
    }


def _count(uow: UnitOfWork, recorded: Sequence[tuple[Row, Recorded]]) -> None:
    methods: Counter[tuple[UUID, str]] = Counter()
    closed: Counter[UUID] = Counter()
    for account, one in recorded:
        methods[account["officer_id"], one.repayment["method"]] += 1
        if account["status"] in LISTED:
            closed[account["officer_id"]] += sum(1 for posting in one.allocations if posting["closed_at"])
    for (officer_id, method), number in methods.items():
        counts.add(uow.connection, counts.REPAYMENTS, officer_id, {method: number})
    for officer_id, number in closed.items():
        counts.add(uow.connection, counts.INSTALMENTS, officer_id, {counts.OPEN: -number, counts.PAID: number})


def _receive_alone(uow: UnitOfWork, by: Actor, line: PaidLine, repayment_id: UUID, dating: Dating) -> Outcome:
    try:
        # What it wrote goes again when it is refused in the end; the other lines stay.
        with uow.connection.begin_nested():
            recorded = record_repayment(
                uow,
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
                repayment_id=repayment_id,
            )
    except DomainError as refusal:
        return Outcome(line, Verdict.REFUSED, refusal=refusal)
    return Outcome(line, Verdict.RECORDED, repayment_id, recorded)

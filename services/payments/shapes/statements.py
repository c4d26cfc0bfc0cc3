"""Statements as tables to be saved or printed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any
from uuid import UUID

from services.payments.domain.arrears import days_in_arrears
from services.payments.domain.statement import Movement, MovementKind, Parts, Statement, Turnover
from services.payments.models.rows import LoanInFull, LoanInShort, MemberRow, UnionRow
from shared.files.columns import Column, Kind, Row
from shared.files.table import Fact, Letterhead, Table
from shared.money import ZERO
from shared.words import full_name, in_words

_ENTRY_NAMES = {
    MovementKind.LOAN: "Loan with its interest",
    MovementKind.NEW_TERMS: "New terms",
    MovementKind.FEE: "Fee",
    MovementKind.PENALTY: "Penalty",
    MovementKind.WAIVER: "Charge given up",
    MovementKind.INTEREST_REBATE: "Interest given up",
    MovementKind.REPAYMENT: "Repayment",
    MovementKind.RECOVERY: "Recovery",
    MovementKind.REVERSAL: "Repayment taken back",
}
_PARTS = (
    Column("penalty", "Penalty", Kind.AMOUNT),
    Column("fee", "Fee", Kind.AMOUNT),
    Column("interest", "Interest", Kind.AMOUNT),
    Column("principal", "Principal", Kind.AMOUNT),
)
_MOVEMENTS = (
    Column("on", "Day", Kind.DAY),
    Column("entry", "Entry"),
    Column("charged", "Charged", Kind.AMOUNT),
    Column("credited", "Paid or given up", Kind.AMOUNT),
    *_PARTS,
    Column("balance", "Balance", Kind.AMOUNT),
)
_SCHEDULE = (
    Column("sequence", "No.", Kind.COUNT),
    Column("dueOn", "Due on", Kind.DAY),
    *_PARTS,
    Column("total", "Total", Kind.AMOUNT),
    Column("paid", "Paid", Kind.AMOUNT),
    Column("owed", "Still owed", Kind.AMOUNT),
    Column("coveredOn", "Covered on", Kind.DAY),
)
_LOANS_OF_MEMBER = (
    Column("loanNumber", "Loan"),
    Column("beginsOn", "Disbursed on", Kind.DAY),
    Column("status", "Status"),
    Column("principal", "Principal", Kind.AMOUNT),
    Column("charged", "Charged", Kind.AMOUNT),
    Column("received", "Paid", Kind.AMOUNT),
    Column("balance", "Still owed", Kind.AMOUNT),
    Column("arrears", "Overdue", Kind.AMOUNT),
)
_LOANS_OF_UNION = (
    Column("loanNumber", "Loan"),
    Column("memberName", "Member"),
    Column("opening", "Owed before", Kind.AMOUNT),
    Column("charged", "Charged", Kind.AMOUNT),
    Column("received", "Received", Kind.AMOUNT),
    Column("givenUp", "Given up", Kind.AMOUNT),
    Column("closing", "Owed after", Kind.AMOUNT),
    Column("arrears", "Overdue", Kind.AMOUNT),
)
_ABOUT_BALANCES = (
    "Balance: all that was owed after the entry, whether due yet or not. A payment pays the oldest instalment first, "
    "and of each penalty, fee, interest, principal in this order."
)
_ABOUT_REVERSALS = "Of money that was taken back later no parts are shown: it paid nothing."
_ABOUT_OVERDUE = "Overdue: what fell due before the day and was not paid by its end."
_ABOUT_TURNOVER = (
    "Owed before + charged - received - given up = owed after. Received is less what was taken back; charged holds "
    "loans with all their interest, fees and penalties, and what new terms add to them; given up holds what new terms "
    "take off."
)


def table_of_loan(loan: LoanInFull, statement: Statement, letterhead: Letterhead | None) -> Table:
    """The statement of one loan: its terms, every movement, and its schedule."""
    return replace(
        _movements(f"Statement of loan {loan.loan_number}", statement),
        subtitles=[_as_of(statement.day)],
        facts=[*_terms(loan), *_position(statement)],
        letterhead=letterhead,
        further=[_schedule(statement)],
    )


def table_of_member(
    member: MemberRow,
    loans: Mapping[UUID, LoanInShort],
    statements: Mapping[UUID, Statement],
    day: date,
    letterhead: Letterhead,
) -> Table:
    """The statement of a member: all loans in short, and the movements of each."""
    begun = [loan_id for loan_id, statement in statements.items() if statement.movements]
    name = full_name(member.first_name, member.last_name)
    rows = [_of_member(loans[loan_id], statements[loan_id]) for loan_id in begun]
    return Table(
        title=f"Statement of {name}",
        subtitles=[_as_of(day)],
        facts=[
            Fact("Member", f"{name} ({member.code})"),
            Fact("Phone", member.phone),
            Fact("Union", member.union_name),
            Fact("Still owed", sum((statements[loan_id].balance for loan_id in begun), ZERO), Kind.AMOUNT),
        ],
        columns=_LOANS_OF_MEMBER,
        rows=rows,
        totals=_sums(_LOANS_OF_MEMBER, rows),
        notes=[_ABOUT_OVERDUE],
        letterhead=letterhead,
        further=[_movements(f"Loan {loans[loan_id].loan_number}", statements[loan_id]) for loan_id in begun],
    )


def table_of_union(
    union: UnionRow,
    loans: Mapping[UUID, LoanInShort],
    statements: Mapping[UUID, Statement],
    first: date,
    last: date,
    letterhead: Letterhead,
) -> Table:
    """The statement of a union for a period: what each loan owed before it, what happened, and what it owed then."""
    turnovers = {loan_id: statement.turnover(first) for loan_id, statement in statements.items()}
    moved = [loan_id for loan_id, turnover in turnovers.items() if turnover != _NOTHING]
    rows = [_of_union(loans[loan_id], turnovers[loan_id], statements[loan_id]) for loan_id in moved]
    whole = reduce(Turnover.__add__, turnovers.values(), _NOTHING)
    return Table(
        title=f"Statement of {union.name}",
        subtitles=[f"{_day(first)} to {_day(last)}"],
        facts=[
            Fact("Location", union.location),
            Fact("Loans", len(moved), Kind.COUNT),
            Fact("Received", whole.received, Kind.AMOUNT),
            Fact("Owed after", whole.closing, Kind.AMOUNT),
        ],
        columns=_LOANS_OF_UNION,
        rows=rows,
        totals=_sums(_LOANS_OF_UNION, rows),
        notes=[_ABOUT_TURNOVER, _ABOUT_OVERDUE],
        letterhead=letterhead,
    )


_NOTHING = Turnover(ZERO, ZERO, ZERO, ZERO, ZERO)


def _movements(title: str, statement: Statement) -> Table:
    rows = [_movement(movement) for movement in statement.movements]
    return Table(
        title=title,
        columns=_MOVEMENTS,
        rows=rows,
        totals=(None, None, *_amounts(rows, (2, 3)), None, None, None, None, statement.balance),
        notes=[_ABOUT_BALANCES, *([_ABOUT_REVERSALS] if _has_reversals(statement) else [])],
    )


def _movement(movement: Movement) -> Row:
    parts = movement.parts or Parts()
    return (
        movement.on,
        _entry(movement),
        movement.charged or None,
        movement.credited or None,
        *(amount or None for amount in (parts.penalty, parts.fee, parts.interest, parts.principal)),
        movement.balance,
    )


def _entry(movement: Movement) -> str:
    how = [in_words(movement.method) if movement.method else "", movement.reference or "", movement.note or ""]
    more = ", ".join(word for word in how if word)
    return f"{_ENTRY_NAMES[movement.kind]}: {more}" if more else _ENTRY_NAMES[movement.kind]


def _schedule(statement: Statement) -> Table:
    rows = [
        (
            line.due.sequence,
            line.due.due_on,
            line.due.penalty,
            line.due.fee,
            line.due.interest,
            line.due.principal,
            line.due.total,
            line.paid,
            line.owed,
            line.covered_on,
        )
        for line in statement.standings
    ]
    totals = (None, None, *_amounts(rows, range(2, 9)), None)
    return Table(title="Schedule", columns=_SCHEDULE, rows=rows, totals=totals)


def _terms(loan: LoanInFull) -> Sequence[Fact]:
    name = full_name(loan.member_first_name, loan.member_last_name)
    return (
        Fact("Member", f"{name} ({loan.member_code})" if loan.member_code else name),
        Fact("Phone", loan.member_phone),
        Fact("Union", loan.union_name),
        Fact("Credit officer", full_name(loan.officer_first_name, loan.officer_last_name) or loan.officer_email),
        Fact("Loan type", loan.loan_type_name),
        Fact("Status", in_words(loan.status)),
        Fact("Principal", loan.principal, Kind.AMOUNT),
        Fact("Rate a year", loan.annual_rate * 100, Kind.PERCENT),
        Fact("Term", f"{loan.term_count} × {in_words(loan.term_unit).lower()}"),
        Fact("Processing fee", loan.processing_fee, Kind.AMOUNT),
        Fact("Disbursed on", loan.disbursed_on, Kind.DAY),
        Fact("Ends on", loan.end_on, Kind.DAY),
    )


def _position(statement: Statement) -> Sequence[Fact]:
    late = (line.due.due_on for line in statement.standings if line.owed and line.due.due_on < statement.day)
    return (
        Fact("Still owed", statement.balance, Kind.AMOUNT),
        Fact("Principal in it", statement.principal_owed, Kind.AMOUNT),
        Fact("Overdue", statement.arrears, Kind.AMOUNT),
        Fact("Days overdue", days_in_arrears(late, on=statement.day), Kind.COUNT),
    )


def _of_member(loan: LoanInShort, statement: Statement) -> Row:
    turnover = statement.turnover(date.min)
    return (
        loan.loan_number,
        statement.movements[0].on,
        in_words(loan.status),
        loan.principal,
        turnover.charged,
        turnover.received,
        turnover.closing,
        statement.arrears,
    )


def _of_union(loan: LoanInShort, turnover: Turnover, statement: Statement) -> Row:
    return (
        loan.loan_number,
        full_name(loan.member_first_name, loan.member_last_name),
        turnover.opening,
        turnover.charged,
        turnover.received,
        turnover.given_up,
        turnover.closing,
        statement.arrears,
    )


def _has_reversals(statement: Statement) -> bool:
    return any(movement.kind is MovementKind.REVERSAL for movement in statement.movements)


def _sums(columns: Sequence[Column], rows: Sequence[Row]) -> Row:
    """The sums of all columns of amounts."""
    return [_amounts(rows, [place])[0] if column.kind is Kind.AMOUNT else None for place, column in enumerate(columns)]


def _amounts(rows: Sequence[Row], places: Iterable[int]) -> list[Decimal]:
    return [sum((_amount(row[place]) for row in rows), ZERO) for place in places]


def _amount(cell: Any) -> Decimal:
    return ZERO if cell is None else Decimal(cell)


def _as_of(day: date) -> str:
    return f"As of {_day(day)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"

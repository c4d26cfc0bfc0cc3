"""The statements of loans, from their facts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, select

from services.payments.domain.allocation import Allocation
from services.payments.domain.charges import with_charges
from services.payments.domain.facts import ChargeKind
from services.payments.domain.replay import Replayed, replay
from services.payments.domain.statement import Movement, MovementKind, Parts, Statement, with_balances
from services.payments.models.ledger import loan_accounts
from services.payments.models.rows import ChargeRow, LoanInShort, MemberRow, RepaymentRow, UnionRow
from services.payments.queries.ledger import Ledger, ledgers_of
from services.payments.queries.loans import LOAN_IN_SHORT
from services.payments.queries.replays import ledger_on
from services.payments.queries.rows import columns_of, row_of, rows_of
from shared.context import Actor
from shared.directory.scope import scope
from shared.directory.tables import directory_member, directory_union
from shared.money import ZERO

_BEFORE_ALL = 0


def statements_of(connection: Connection, loans: Mapping[UUID, LoanInShort], day: date) -> dict[UUID, Statement]:
    """The statements of loans to the end of a day, by loan, in four statements for however many. A loan that has no
    schedule has no movements."""
    ledgers = ledgers_of(connection, loans.keys())
    return {loan_id: statement(loan, ledgers[loan_id], day) for loan_id, loan in loans.items()}


def statement(loan: LoanInShort, ledger: Ledger, day: date) -> Statement:
    """What the facts of a loan come to at the end of a day."""
    then = ledger_on(ledger, day)
    due = with_charges(then.schedule, then.live_charges)
    replayed = replay(due, then.facts)
    begins = loan.disbursed_on or loan.base_on or loan.start_on
    if not then.schedule or begins > day:
        return Statement(day, (), ())
    movements = [
        _lent(loan, then, begins),
        *_received(then, replayed),
        *(movement for row in _lasting(then) for movement in _charged(row)),
    ]
    return Statement(day, with_balances(movements), replayed.standings)


def member_in_scope(connection: Connection, actor: Actor, member_id: UUID) -> MemberRow | None:
    """The member with their union, if the actor may see them."""
    query = _MEMBER.where(directory_member.c.id == member_id, scope(actor, directory_union.c.officer_id))
    return row_of(MemberRow, connection.execute(query))


def loans_of_member(connection: Connection, actor: Actor, member_id: UUID) -> dict[UUID, LoanInShort]:
    """The loans of a member that the actor may see, the oldest first."""
    return _loans(connection, actor, LOAN_IN_SHORT.where(loan_accounts.c.member_id == member_id))


def loans_of_union(connection: Connection, actor: Actor, union: UnionRow) -> dict[UUID, LoanInShort]:
    """The loans of the members of a union that the actor may see, by the name of the member."""
    names = (directory_member.c.first_name, directory_member.c.last_name)
    return _loans(connection, actor, LOAN_IN_SHORT.where(loan_accounts.c.union_id == union.id).order_by(*names))


_MEMBER = (
    select(*columns_of(MemberRow, directory_member, union_name=directory_union.c.name))
    .join(directory_union, directory_union.c.id == directory_member.c.union_id)
    .where(~directory_member.c.is_deleted)
)


def _loans(connection: Connection, actor: Actor, chosen: Select[tuple[LoanInShort]]) -> dict[UUID, LoanInShort]:
    visible = chosen.where(scope(actor, loan_accounts.c.officer_id), ~loan_accounts.c.is_deleted)
    in_order = visible.order_by(loan_accounts.c.created_at, loan_accounts.c.loan_id)
    return {row.loan_id: row for row in rows_of(LoanInShort, connection.execute(in_order))}


def _lent(loan: LoanInShort, then: Ledger, begins: date) -> Movement:
    interest = sum((line.interest for line in then.schedule), ZERO)
    principal = sum((line.principal for line in then.schedule), ZERO)
    # Money may be dated before the day the loan begins on paper; the loan stands first all the same.
    first = min([begins, *(row.paid_on for row in then.repayments), *(row.due_on for row in then.charges)])
    return Movement(
        on=first,
        arrival=_BEFORE_ALL,
        kind=MovementKind.LOAN,
        charged=principal + interest,
        parts=Parts(interest=interest, principal=principal),
        method=loan.disbursement_method,
        reference=loan.disbursement_reference,
    )


def _received(then: Ledger, replayed: Replayed) -> Iterator[Movement]:
    paid_on = {row.id: row.paid_on for row in then.repayments}
    for row in then.repayments:
        if row.reversal_of_id is None:
            allocated = replayed.allocations.get(row.id)
            parts = None if allocated is None else _sum(allocated)
            yield _entry(row, row.paid_on, credited=row.amount, parts=parts, method=row.method)
        elif row.reversal_of_id in paid_on:
            # Money that was dated ahead may be taken back before its day comes.
            yield _entry(row, max(row.paid_on, paid_on[row.reversal_of_id]), charged=-row.amount)


def _entry(row: RepaymentRow, on: date, **amounts: Any) -> Movement:
    return Movement(
        on=on,
        arrival=row.account_version,
        kind=MovementKind(row.kind),
        reference=row.reference,
        note=row.notes,
        **amounts,
    )


def _sum(allocated: Iterable[Allocation]) -> Parts:
    sums = Parts()
    for part in allocated:
        sums = Parts(
            sums.penalty + part.penalty,
            sums.fee + part.fee,
            sums.interest + part.interest,
            sums.principal + part.principal,
        )
    return sums


def _lasting(then: Ledger) -> Iterator[ChargeRow]:
    """The charges but for rebates that fell with the repayment they were given for. No more interest is given up than
    the schedule has, which may have been made anew since."""
    live = {row.id for row in then.live_repayments} | {None}
    interest = sum((line.interest for line in then.schedule), ZERO)
    for row in then.charges:
        if row.kind != ChargeKind.INTEREST_REBATE:
            yield row
        elif row.repayment_id in live:
            yield replace(row, amount=min(row.amount, interest))
            interest -= min(row.amount, interest)


def _charged(row: ChargeRow) -> Iterator[Movement]:
    match ChargeKind(row.kind):
        case ChargeKind.INTEREST_REBATE:
            given_up = Parts(interest=row.amount)
            yield _movement(row, MovementKind.INTEREST_REBATE, credited=row.amount, parts=given_up, note=row.note)
            return
        case ChargeKind.FEE:
            parts, kind = Parts(fee=row.amount), MovementKind.FEE
        case ChargeKind.PENALTY:
            parts, kind = Parts(penalty=row.amount), MovementKind.PENALTY
    yield _movement(row, kind, charged=row.amount, parts=parts, note=row.note)
    if row.waived_at is not None and row.waived_on is not None:
        on = max(row.due_on, row.waived_on)
        yield _movement(row, MovementKind.WAIVER, on=on, credited=row.amount, parts=parts, note=row.reason)


def _movement(
    row: ChargeRow,
    kind: MovementKind,
    *,
    parts: Parts,
    note: str | None,
    on: date | None = None,
    charged: Decimal = ZERO,
    credited: Decimal = ZERO,
) -> Movement:
    return Movement(
        on=on or row.due_on,
        arrival=row.account_version,
        kind=kind,
        charged=charged,
        credited=credited,
        parts=parts,
        note=note,
    )

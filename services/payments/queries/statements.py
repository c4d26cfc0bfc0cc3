"""The statements of loans, from their facts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, select

from services.payments.domain.allocation import Allocation
from services.payments.domain.charges import with_charges
from services.payments.domain.facts import ChargeKind
from services.payments.domain.instalment import Instalment
from services.payments.domain.replay import Replayed, replay
from services.payments.domain.schedules import Schedule
from services.payments.domain.statement import Movement, MovementKind, Parts, Statement, with_balances
from services.payments.models.ledger import loan_accounts
from services.payments.models.rows import ChargeRow, LoanInShort, MemberRow, RepaymentRow, UnionRow
from services.payments.queries.ledger import Ledger
from services.payments.queries.loans import LOAN_IN_SHORT
from services.payments.queries.replays import ledgers_on
from services.payments.queries.rows import columns_of, row_of, rows_of
from shared.context import Actor
from shared.directory.scope import scope
from shared.directory.tables import directory_member, directory_union
from shared.money import ZERO

_BEFORE_ALL = 0


def statements_of(connection: Connection, loans: Mapping[UUID, LoanInShort], day: date) -> dict[UUID, Statement]:
    """The statements of loans to the end of a day, by loan, in five statements for however many. A loan that had no
    schedule then has no movements."""
    ledgers = ledgers_on(connection, loans.keys(), day)
    return {loan_id: _statement(loan, ledgers[loan_id], day) for loan_id, loan in loans.items()}


def _statement(loan: LoanInShort, then: Ledger, day: date) -> Statement:
    due = with_charges(then.schedule, then.live_charges)
    replayed = replay(due, then.facts)
    begins = loan.disbursed_on or loan.base_on or loan.start_on
    if not then.schedule or begins > day:
        return Statement(day, (), ())
    movements = [
        *_asked(loan, then, begins),
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


def _asked(loan: LoanInShort, then: Ledger, begins: date) -> Iterator[Movement]:
    """The loan by its first schedule, and what each later one asks for more or less."""
    if not then.counted:
        yield _lent(loan, then, begins, _asked_by(then.schedule))
        return
    # What came before the money went was provisional.
    first = max((place for place, each in enumerate(then.counted) if each.counts_from <= begins), default=0)
    schedules = then.counted[first:]
    yield _lent(loan, then, begins, _asked_by(schedules[0].lines))
    for former, schedule in pairwise(schedules):
        yield from _new_terms(former, schedule)


def _asked_by(lines: Sequence[Instalment]) -> Parts:
    return Parts(
        interest=sum((line.interest for line in lines), ZERO), principal=sum((line.principal for line in lines), ZERO)
    )


def _new_terms(former: Schedule, schedule: Schedule) -> Iterator[Movement]:
    """What is asked for more, and apart from it what is asked for less; if only days changed, no amount."""
    before, after = _asked_by(former.lines), _asked_by(schedule.lines)
    interest, principal = after.interest - before.interest, after.principal - before.principal
    more = Parts(interest=max(interest, ZERO), principal=max(principal, ZERO))
    less = Parts(interest=max(-interest, ZERO), principal=max(-principal, ZERO))
    new_terms = partial(Movement, on=schedule.counts_from, arrival=_BEFORE_ALL, kind=MovementKind.NEW_TERMS)
    if more != Parts():
        yield new_terms(charged=more.interest + more.principal, parts=more)
    if less != Parts():
        yield new_terms(credited=less.interest + less.principal, parts=less)
    if before == after and _days(former) != _days(schedule):
        yield new_terms()


def _days(schedule: Schedule) -> list[date]:
    return [line.due_on for line in schedule.lines]


def _lent(loan: LoanInShort, then: Ledger, begins: date, parts: Parts) -> Movement:
    # Money may be dated before the day the loan begins on paper; the loan stands first all the same.
    first = min([begins, *(row.paid_on for row in then.repayments), *(row.due_on for row in then.charges)])
    return Movement(
        on=first,
        arrival=_BEFORE_ALL,
        kind=MovementKind.LOAN,
        charged=parts.principal + parts.interest,
        parts=parts,
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

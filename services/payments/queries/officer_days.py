"""What an officer, or a team, has before it on a day. Each statement has an index for the officers that it is of."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Numeric,
    ScalarSelect,
    case,
    cast,
    exists,
    func,
    literal,
    select,
    union_all,
)

from services.payments.domain.account import LoanStatus
from services.payments.domain.worklist import MOST_OF_EACH, REJECTED_LATELY, WaitsAs
from services.payments.models.collection import attendance, may_wait, sheets_handed_in
from services.payments.models.ledger import instalments, is_open, is_paid, loan_accounts, repayments
from services.payments.models.rows import DueOfUnion, UnionOfDay, WaitingLoan
from services.payments.queries.rows import columns_of, rows_of
from shared.context import Actor
from shared.directory.scope import scope
from shared.directory.tables import directory_member, directory_staff, directory_union
from shared.money import ZERO

MOST_UNIONS = 1000
Which = Callable[[Any], ColumnElement[bool]]
"""Whose rows: makes the condition on the column that holds the officer of a row."""


def rows_in_scope(actor: Actor, officer_id: UUID | None = None) -> Which:
    """The rows an actor may see; those of one officer among them, where one is named."""

    def which(officer_column: Any) -> ColumnElement[bool]:
        own = scope(actor, officer_column)
        return own if officer_id is None else own & (officer_column == officer_id)

    return which


def unions_of_day(connection: Connection, which: Which, on: date, *, union_id: UUID | None = None) -> list[UnionOfDay]:
    """The unions of some officers by name, at most MOST_UNIONS; with `union_id` only that one."""
    union = directory_union.c
    members = (
        select(func.count())
        .where(directory_member.c.union_id == union.id, ~directory_member.c.is_deleted)
        .scalar_subquery()
    )
    absent = (
        select(func.count())
        .where(attendance.c.union_id == union.id, attendance.c.day == on, attendance.c.mark == "ABSENT")
        .scalar_subquery()
    )
    columns = columns_of(
        UnionOfDay,
        directory_union,
        officer_first_name=directory_staff.c.first_name,
        officer_last_name=directory_staff.c.last_name,
        members=members,
        absent=absent,
        handed_in_at=handed_in_at(on),
    )
    query = (
        select(*columns)
        .outerjoin_from(directory_union, directory_staff, directory_staff.c.id == union.officer_id)
        .where(which(union.officer_id), ~union.is_deleted)
        .order_by(union.name, union.id)
        .limit(MOST_UNIONS)
    )
    return rows_of(UnionOfDay, connection.execute(query if union_id is None else query.where(union.id == union_id)))


def handed_in_at(on: date) -> ScalarSelect[datetime | None]:
    """When the sheet of the union of a row was first handed in on a day."""
    of_union = sheets_handed_in.c.union_id == directory_union.c.id
    query = select(func.min(sheets_handed_in.c.handed_in_at)).where(of_union, sheets_handed_in.c.day == on)
    return query.correlate(directory_union).scalar_subquery()


def due_by_union(connection: Connection, which: Which, on: date) -> dict[UUID, DueOfUnion]:
    """What falls due on a day and what is overdue, of the running loans of some officers, by union."""
    own = which(instalments.c.officer_id)
    line = (instalments.c.loan_id, instalments.c.due_on, instalments.c.total)
    owed = select(*line, (instalments.c.total - instalments.c.paid).label("owed")).where(is_open, own)
    paid = select(*line, literal(ZERO, Numeric).label("owed")).where(is_paid, own, instalments.c.due_on == on)
    lines = union_all(owed.where(instalments.c.due_on <= on), paid).subquery("line")
    falls_due, is_late = lines.c.due_on == on, (lines.c.due_on < on) & (lines.c.owed > 0)
    query = (
        select(
            loan_accounts.c.union_id,
            func.count(lines.c.loan_id.distinct()).filter(falls_due),
            func.coalesce(func.sum(lines.c.total).filter(falls_due), ZERO),
            func.coalesce(func.sum(lines.c.owed).filter(falls_due), ZERO),
            func.coalesce(func.sum(lines.c.owed).filter(is_late), ZERO),
            func.count(lines.c.loan_id.distinct()).filter(is_late),
        )
        .join_from(lines, loan_accounts, loan_accounts.c.loan_id == lines.c.loan_id)
        .where(~loan_accounts.c.is_deleted)
        .group_by(loan_accounts.c.union_id)
    )
    return {row.union_id: row for row in rows_of(DueOfUnion, connection.execute(query))}


def collected_by_loan(connection: Connection, which: Which, on: date) -> dict[UUID, tuple[UUID, Decimal]]:
    """What was received for a day and not taken back, by loan, with the union of each."""
    taken_back = repayments.alias("taken_back")
    # The bounds on the instant, wide enough for any time zone, are what has an index.
    day = cast(literal(on), Date)
    query = (
        select(loan_accounts.c.loan_id, loan_accounts.c.union_id, func.sum(repayments.c.amount))
        .join_from(repayments, loan_accounts, loan_accounts.c.loan_id == repayments.c.loan_id)
        .where(
            which(repayments.c.officer_id),
            repayments.c.paid_on == on,
            repayments.c.paid_at >= day - timedelta(days=1),
            repayments.c.paid_at < day + timedelta(days=2),
            repayments.c.amount > 0,
            ~exists().where(taken_back.c.reversal_of_id == repayments.c.id),
        )
        .group_by(loan_accounts.c.loan_id)
    )
    return {loan_id: (union_id, amount) for loan_id, union_id, amount in connection.execute(query)}


def collected_by_union(connection: Connection, which: Which, on: date) -> dict[UUID, Decimal]:
    """What was received for a day and not taken back, by union."""
    sums: defaultdict[UUID, Decimal] = defaultdict(lambda: ZERO)
    for union_id, amount in collected_by_loan(connection, which, on).values():
        sums[union_id] += amount
    return sums


def marks_of(connection: Connection, union_ids: Sequence[UUID], on: date) -> dict[UUID, str]:
    """What the sheets of a day say of the members of some unions, by member."""
    query = select(attendance.c.member_id, attendance.c.mark)
    query = query.where(attendance.c.union_id.in_(union_ids), attendance.c.day == on)
    return {member_id: mark for member_id, mark in connection.execute(query)}


def waiting_loans(connection: Connection, which: Which, on: date) -> list[WaitingLoan]:
    """The loans that wait for somebody, the latest first, MOST_OF_EACH of a kind at most."""
    account = loan_accounts.c
    is_rejected = account.submitted_at.is_not(None) & (account.updated_at >= on - REJECTED_LATELY)
    waits_as = case(
        (account.lending_status == LoanStatus.DRAFT, WaitsAs.DRAFT.value),
        (account.lending_status == LoanStatus.PENDING_APPROVAL, WaitsAs.SUBMITTED.value),
        # One that was paid on is running, whatever lending has heard of it so far.
        (account.status == LoanStatus.APPROVED, WaitsAs.APPROVED.value),
        ((account.lending_status == LoanStatus.CANCELED) & is_rejected, WaitsAs.REJECTED.value),
    )
    found = (
        select(account.loan_id, waits_as.label("waits_as"))
        .where(which(account.officer_id), may_wait, ~account.is_deleted)
        .subquery("found")
    )
    newest = [account.updated_at.desc(), account.loan_id]
    names = {
        "waits_as": found.c.waits_as,
        "group_size": func.count().over(partition_by=found.c.waits_as),
        "member_first_name": directory_member.c.first_name,
        "member_last_name": directory_member.c.last_name,
        "union_name": directory_union.c.name,
        "since": account.updated_at,
    }
    ranked = (
        select(
            *columns_of(WaitingLoan, loan_accounts, **names),
            func.row_number().over(partition_by=found.c.waits_as, order_by=newest).label("place"),
        )
        .join_from(found, loan_accounts, account.loan_id == found.c.loan_id)
        .outerjoin(directory_member, directory_member.c.id == account.member_id)
        .outerjoin(directory_union, directory_union.c.id == account.union_id)
        .where(found.c.waits_as.is_not(None))
        .subquery("ranked")
    )
    query = select(*columns_of(WaitingLoan, ranked)).where(ranked.c.place <= MOST_OF_EACH)
    return rows_of(WaitingLoan, connection.execute(query.order_by(ranked.c.waits_as, ranked.c.place)))

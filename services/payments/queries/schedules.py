"""Reading schedules: pages of instalments over many loans, and the whole schedule of one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Connection, Uuid, bindparam, false, func, select

from services.payments.domain.instalment import InstalmentStatus
from services.payments.models.ledger import allocations, instalments, is_open, is_paid, loan_accounts, repayments
from services.payments.models.rows import AllocationWithRepayment, InstalmentRow
from services.payments.queries.counts import INSTALMENTS, OPEN, PAID
from services.payments.queries.loans import loans_found
from services.payments.queries.rows import columns_of, rows_of
from shared import tally
from shared.context import Actor
from shared.directory.scope import scope, tally_owners
from shared.directory.tables import directory_staff

Filters = Mapping[str, Any]

UNDER_REPAYMENT = "UNDER_REPAYMENT"
"""What the web client calls everything that is not paid yet."""

_oldest_first = (instalments.c.due_on, instalments.c.sequence, instalments.c.id)
_ROW = select(*columns_of(InstalmentRow, instalments))
_SCHEDULE = _ROW.where(instalments.c.loan_id == bindparam("loan_id")).order_by(instalments.c.sequence)
_BY_ID = _ROW.where(instalments.c.id == func.any(bindparam("instalment_ids", type_=ARRAY(Uuid))))
_ALLOCATIONS = (
    select(
        *columns_of(
            AllocationWithRepayment,
            allocations,
            sequence=instalments.c.sequence,
            due_on=instalments.c.due_on,
            repayment_amount=repayments.c.amount,
            method=repayments.c.method,
            paid_at=repayments.c.paid_at,
            reference=repayments.c.reference,
            notes=repayments.c.notes,
            received_by=repayments.c.received_by,
            receiver_email=directory_staff.c.email,
        )
    )
    .select_from(allocations)
    .join(instalments, instalments.c.id == allocations.c.instalment_id)
    .join(repayments, repayments.c.id == allocations.c.repayment_id)
    .outerjoin(directory_staff, directory_staff.c.id == repayments.c.received_by)
    .where(repayments.c.loan_id == bindparam("loan_id"))
    .order_by(repayments.c.paid_at, repayments.c.account_version)
)


def instalments_page(
    connection: Connection, actor: Actor, filters: Filters, *, today: date, limit: int, offset: int
) -> tuple[Sequence[InstalmentRow], int]:
    """One page of the instalments an actor may see, the first due first, and how many there are in all.

    Only unpaid ones unless `filters` ask for a status; the statuses are those shown on the day `today`.
    """
    total = count_instalments(connection, actor, filters, today)
    if total <= offset:
        return [], total
    query = _ROW.where(*instalment_conditions(actor, filters, today)).order_by(*_oldest_first)
    return rows_of(InstalmentRow, connection.execute(query.limit(limit).offset(offset))), total


def schedule_of(connection: Connection, loan_id: UUID) -> list[InstalmentRow]:
    """All instalments of a loan by sequence."""
    return rows_of(InstalmentRow, connection.execute(_SCHEDULE, {"loan_id": loan_id}))


def instalments_by_id(connection: Connection, instalment_ids: Iterable[UUID]) -> dict[UUID, InstalmentRow]:
    """These instalments by their ids."""
    rows = rows_of(InstalmentRow, connection.execute(_BY_ID, {"instalment_ids": list(instalment_ids)}))
    return {row.id: row for row in rows}


def allocations_by_instalment(connection: Connection, loan_id: UUID) -> dict[UUID, list[AllocationWithRepayment]]:
    """What was paid on each instalment of a loan, with the repayment it came from, in order of payment."""
    found: dict[UUID, list[AllocationWithRepayment]] = defaultdict(list)
    for row in rows_of(AllocationWithRepayment, connection.execute(_ALLOCATIONS, {"loan_id": loan_id})):
        found[row.instalment_id].append(row)
    return found


def count_instalments(connection: Connection, actor: Actor, filters: Filters, today: date) -> int:
    """How many instalments an actor may see and the filters leave: from the tally unless filters ask for more than it
    counts by."""
    kind = {None: OPEN, UNDER_REPAYMENT: OPEN, InstalmentStatus.PAID: PAID}.get(filters.get("status"))
    if kind and filters.keys() <= {"status"}:
        return tally.total(connection, INSTALMENTS, tally_owners(actor, connection), [kind])
    return connection.execute(
        select(func.count()).select_from(instalments).where(*instalment_conditions(actor, filters, today))
    ).scalar_one()


def instalment_conditions(actor: Actor, filters: Filters, today: date) -> list[ColumnElement[bool]]:
    """What chooses the instalments that an actor may see and the filters leave, by the statuses of today."""
    conditions = [scope(actor, instalments.c.officer_id), *_of_status(filters.get("status", UNDER_REPAYMENT), today)]
    for name, value in filters.items():
        match name:
            case "loan_id" | "officer_id":
                conditions.append(instalments.c[name] == value)
            case "union_id":
                of_union = select(loan_accounts.c.loan_id).where(loan_accounts.c.union_id == value)
                conditions.append(instalments.c.loan_id.in_(of_union))
            case "date_from":
                conditions.append(instalments.c.due_on >= value)
            case "date_to":
                conditions.append(instalments.c.due_on <= value)
            case "search":
                conditions.append(instalments.c.loan_id.in_(loans_found(value)))
    return conditions


def _of_status(shown: str, today: date) -> list[ColumnElement[bool]]:
    """The rows that are shown with this status today (`domain.arrears.status_shown`); none for an unknown one."""
    match shown:
        case "UNDER_REPAYMENT":
            return [is_open]
        case InstalmentStatus.PAID:
            return [is_paid]
        case InstalmentStatus.PARTIAL:
            return [is_open, instalments.c.status == InstalmentStatus.PARTIAL]
        case InstalmentStatus.PENDING:
            return [is_open, instalments.c.status == InstalmentStatus.PENDING, instalments.c.due_on >= today]
        case InstalmentStatus.OVERDUE:
            return [is_open, instalments.c.status == InstalmentStatus.PENDING, instalments.c.due_on < today]
        case _:
            return [false()]

"""One loan with everything that is shown with it, its schedule and its repayments."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, select

from services.lending.domain.progress import Account, Line
from services.lending.models import Instalment, Loan, LoanDocument, LoanRepayment
from services.lending.queries.relations import (
    LOANS,
    counted,
    joined,
    members,
    seen_by,
    staff_columns,
    types,
    unions,
)
from services.lending.shapes.schedules import Allocated, Payment
from shared.context import Actor, Role
from shared.directory.tables import directory_staff
from shared.postgres.read_statement import ReadStatement
from shared.postgres.rows import labelled


class LoanRow(Account, Protocol):
    """A loan with everything that is shown beside it, which only its shape reads."""

    id: UUID
    document_count: int
    instalment_count: int
    repayment_count: int


class InstalmentRow(Line, Protocol):
    """An instalment, and whether it is the line of the charges after the last due date."""

    id: UUID
    is_charge_line: bool


class RepaymentRow(Payment, Protocol):
    """A repayment or a reversal, with who received it, and where it went as its event says."""

    reversal_of_id: UUID | None
    allocations: Sequence[Mapping[str, str]]


_INSTALMENTS, _REPAYMENTS = Instalment.__table__, LoanRepayment.__table__
_SCHEDULE = ReadStatement(
    select(_INSTALMENTS).where(_INSTALMENTS.c.loan_id == bindparam("loan_id")).order_by(_INSTALMENTS.c.sequence)
)
_RECEIPTS = ReadStatement(
    select(_REPAYMENTS, *labelled("receiver", directory_staff.c, "email", "first_name", "last_name"))
    .outerjoin(directory_staff, directory_staff.c.id == _REPAYMENTS.c.received_by)
    .where(_REPAYMENTS.c.loan_id == bindparam("loan_id"))
    .order_by(_REPAYMENTS.c.paid_at.desc(), _REPAYMENTS.c.id.desc())
)
_documents = (
    select(func.count())
    .where(LoanDocument.loan_id == LOANS.id, LoanDocument.deleted_at.is_(None))
    .correlate(Loan)
    .scalar_subquery()
)


def loan_detail(connection: Connection, actor: Actor, loan_id: UUID) -> LoanRow | None:
    """The loan, if this actor may see it, with all columns of what is shown beside it."""
    rows = _detail(actor.role).rows(connection, {"actor_id": actor.id, "loan_id": loan_id})
    return rows[0] if rows else None


def instalments_of(connection: Connection, loan_id: UUID) -> Sequence[InstalmentRow]:
    """The schedule of a loan the actor may see, in its order."""
    return _SCHEDULE.rows(connection, {"loan_id": loan_id})


def repayments_of(connection: Connection, loan_id: UUID) -> Sequence[RepaymentRow]:
    """The repayments of a loan the actor may see, newest first, with who received each."""
    return _RECEIPTS.rows(connection, {"loan_id": loan_id})


def allocations_by_instalment(repayments: Iterable[RepaymentRow]) -> dict[str, list[Allocated]]:
    """What was put on each instalment, by its id as text, in the order of payment."""
    allocations: dict[str, list[Allocated]] = {}
    for repayment in sorted(repayments, key=lambda repayment: (repayment.paid_at, repayment.id)):
        for part in repayment.allocations:
            allocations.setdefault(part["instalment_id"], []).append(Allocated.of(part, repayment))
    return allocations


def seen_schedule(connection: Connection, actor: Actor, loan_id: UUID) -> Sequence[InstalmentRow] | None:
    """The schedule of a loan, empty when it has none; None when there is no such loan for this actor."""
    rows = _seen_schedule(actor.role).rows(connection, {"actor_id": actor.id, "loan_id": loan_id})
    return [row for row in rows if row.id is not None] if rows else None


@cache
def _detail(role: Role) -> ReadStatement:
    details = [
        *labelled("member", members, "code", "first_name", "last_name", "email", "phone", "details"),
        *labelled("union", unions, "name", "location", "address", "created_at", "updated_at"),
        *(column.label(f"type_{column.name}") for column in types),
        *staff_columns(),
        *counted(LOANS),
        _documents.label("document_count"),
    ]
    query = select(*LOANS, *details).select_from(joined(Loan.__table__))
    return ReadStatement(
        query.where(LOANS.id == bindparam("loan_id"), LOANS.deleted_at.is_(None), seen_by(role, LOANS.officer_id))
    )


@cache
def _seen_schedule(role: Role) -> ReadStatement:
    """Starts from the loan, so that one without a schedule still answers with a row."""
    query = select(_INSTALMENTS).select_from(Loan).outerjoin(_INSTALMENTS, _INSTALMENTS.c.loan_id == LOANS.id)
    seen = query.where(LOANS.id == bindparam("loan_id"), LOANS.deleted_at.is_(None), seen_by(role, LOANS.officer_id))
    return ReadStatement(seen.order_by(_INSTALMENTS.c.sequence))

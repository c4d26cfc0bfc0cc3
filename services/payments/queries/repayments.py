"""Reading repayments: pages of them, one of them, and what they sum up to."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Connection, Select, Uuid, bindparam, func, select, text, union

from services.payments.domain.allocation import INSTALMENT_ORDER
from services.payments.models.ledger import allocations, instalments, loan_accounts, repayments
from services.payments.models.rows import AllocationRow, MethodSum, RecordedPayment, RepaymentInFull
from services.payments.queries.counts import REPAYMENTS
from services.payments.queries.ledger import ALLOCATIONS
from services.payments.queries.loans import loans_found
from services.payments.queries.rows import columns_of, row_of, rows_of
from shared import tally
from shared.context import Actor
from shared.directory.scope import scope, tally_owners
from shared.directory.tables import directory_staff

Filters = Mapping[str, Any]

_receiver = directory_staff.alias("receiver")
_reversal = repayments.alias("reversal")
_newest_first = (repayments.c.paid_at.desc(), repayments.c.id.desc())

_ALLOCATIONS = ALLOCATIONS.where(
    allocations.c.repayment_id == func.any(bindparam("repayment_ids", type_=ARRAY(Uuid)))
).order_by(*(instalments.c[name] for name in INSTALMENT_ORDER))


def _with_receiver(chosen: Select[Any]) -> Select[Any]:
    """The chosen repayments with who received and what reversed them. The page is cut before these are looked up."""
    page = chosen.subquery()
    columns = columns_of(
        RepaymentInFull,
        page,
        receiver_email=_receiver.c.email,
        receiver_role=_receiver.c.role,
        reversed_by_id=_reversal.c.id,
    )
    query = select(*columns).select_from(page)
    query = query.outerjoin(_receiver, _receiver.c.id == page.c.received_by)
    query = query.outerjoin(_reversal, _reversal.c.reversal_of_id == page.c.id)
    return query.order_by(page.c.paid_at.desc(), page.c.id.desc())


# Every payment of the web client asks this, and building the statement costs more than running it.
_BY_REFERENCE = _with_receiver(
    select(repayments).where(
        repayments.c.loan_id == bindparam("loan_id"), repayments.c.reference == bindparam("reference")
    )
)

# The index is on small letters: by it one is found at once, however much was paid on its loan before.
_BY_REFERENCES = text(
    """
    SELECT repayments.id AS repayment_id, repayments.loan_id, repayments.reference, repayments.amount
      FROM unnest(CAST(:loan_ids AS uuid[]), CAST(:references AS text[])) AS requested (loan_id, reference)
      JOIN repayments ON lower(repayments.reference) = lower(requested.reference)
       AND (repayments.loan_id, repayments.reference) = (requested.loan_id, requested.reference)
    """
)


def repayments_page(
    connection: Connection, actor: Actor, filters: Filters, *, limit: int, offset: int
) -> tuple[Sequence[RepaymentInFull], int]:
    """One page of the repayments an actor may see, the newest first, and how many there are in all."""
    total = count_repayments(connection, actor, filters)
    if total <= offset:
        return [], total
    chosen = select(repayments).where(*repayment_conditions(actor, filters)).order_by(*_newest_first)
    page = connection.execute(_with_receiver(chosen.limit(limit).offset(offset)))
    return rows_of(RepaymentInFull, page), total


def repayment_in_scope(connection: Connection, actor: Actor, repayment_id: UUID) -> RepaymentInFull | None:
    """One repayment, if the actor may see it."""
    chosen = select(repayments).where(repayments.c.id == repayment_id, scope(actor, repayments.c.officer_id))
    return row_of(RepaymentInFull, connection.execute(_with_receiver(chosen)))


def repayment_by_reference(connection: Connection, loan_id: UUID, reference: str) -> RepaymentInFull | None:
    """The repayment of this loan that carries this reference."""
    return row_of(RepaymentInFull, connection.execute(_BY_REFERENCE, {"loan_id": loan_id, "reference": reference}))


def repayments_by_reference(
    connection: Connection, references: Collection[tuple[UUID, str]]
) -> dict[tuple[UUID, str], RecordedPayment]:
    """The repayments that carry these references, by loan and reference."""
    if not references:
        return {}
    loan_ids, of_each = zip(*references, strict=True)
    rows = connection.execute(_BY_REFERENCES, {"loan_ids": list(loan_ids), "references": list(of_each)})
    return {(row.loan_id, row.reference): RecordedPayment(row.repayment_id, row.loan_id, row.amount) for row in rows}


def sums_by_method(connection: Connection, actor: Actor, filters: Filters) -> list[MethodSum]:
    """Number and amount of the repayments an actor may see, by method."""
    query = select(repayments.c.method, func.count(), func.sum(repayments.c.amount))
    query = (
        query.where(*repayment_conditions(actor, filters)).group_by(repayments.c.method).order_by(repayments.c.method)
    )
    return rows_of(MethodSum, connection.execute(query))


def allocations_by_repayment(connection: Connection, repayment_ids: Iterable[UUID]) -> dict[UUID, list[AllocationRow]]:
    """Where each repayment went, in order of instalment."""
    found: dict[UUID, list[AllocationRow]] = defaultdict(list)
    for row in rows_of(AllocationRow, connection.execute(_ALLOCATIONS, {"repayment_ids": list(repayment_ids)})):
        found[row.repayment_id].append(row)
    return found


def count_repayments(connection: Connection, actor: Actor, filters: Filters) -> int:
    """How many repayments an actor may see and the filters leave: from the tally unless filters ask for more than it
    counts by."""
    if filters.keys() <= {"method"}:
        kinds = [filters["method"]] if "method" in filters else None
        return tally.total(connection, REPAYMENTS, tally_owners(actor, connection), kinds)
    return connection.execute(
        select(func.count()).select_from(repayments).where(*repayment_conditions(actor, filters))
    ).scalar_one()


def repayment_conditions(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    """What chooses the repayments that an actor may see and the filters leave."""
    conditions = [scope(actor, repayments.c.officer_id)]
    for name, value in filters.items():
        match name:
            case "loan_id" | "received_by" | "method":
                conditions.append(repayments.c[name] == value)
            case "union_id":
                of_union = select(loan_accounts.c.loan_id).where(loan_accounts.c.union_id == value)
                conditions.append(repayments.c.loan_id.in_(of_union))
            # The value date decides; the bound on the instant, wide enough for any time zone, is what has an index.
            case "date_from":
                conditions += [repayments.c.paid_on >= value, repayments.c.paid_at >= value - timedelta(days=1)]
            case "date_to":
                conditions += [repayments.c.paid_on <= value, repayments.c.paid_at <= value + timedelta(days=2)]
            case "search":
                conditions.append(repayments.c.id.in_(_found(value)))
    return conditions


def _found(words: str) -> Select[tuple[UUID]]:
    by_loan = select(repayments.c.id).where(repayments.c.loan_id.in_(loans_found(words)))
    reference = func.lower(repayments.c.reference)
    by_reference = select(repayments.c.id).where(reference.startswith(words.lower(), autoescape=True))
    return select(union(by_loan, by_reference).subquery().c.id)

"""Lists of payments as a whole, row by row, each with the names around it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Select, func, select, true

from services.payments.models.ledger import allocations, instalments, loan_accounts, repayments
from services.payments.queries.repayments import repayment_conditions
from services.payments.queries.rows import columns_of
from services.payments.queries.schedules import instalment_conditions
from shared.context import Actor
from shared.directory.tables import directory_member, directory_staff, directory_union

Filters = Mapping[str, Any]

_AT_ONCE = 1000
_receiver, _officer = directory_staff.alias("receiver"), directory_staff.alias("officer")
_reversal = repayments.alias("reversal")


@dataclass(frozen=True, slots=True)
class ExportedRepayment:
    """An entry about money received, with what it paid by part; a reversal, or what was taken back, paid nothing."""

    loan_number: str
    account_version: int
    paid_on: date
    recorded_at: datetime
    kind: str
    method: str
    reference: str | None
    amount: Decimal
    penalty: Decimal | None
    fee: Decimal | None
    interest: Decimal | None
    principal: Decimal | None
    reversed_on: date | None
    notes: str | None
    member_code: str | None
    member_first_name: str | None
    member_last_name: str | None
    member_phone: str | None
    union_name: str | None
    officer_first_name: str | None
    officer_last_name: str | None
    receiver_first_name: str | None
    receiver_last_name: str | None
    receiver_email: str | None


@dataclass(frozen=True, slots=True)
class ExportedInstalment:
    """An instalment with its loan."""

    loan_number: str
    sequence: int
    due_on: date
    penalty: Decimal
    fee: Decimal
    interest: Decimal
    principal: Decimal
    total: Decimal
    paid: Decimal
    status: str
    member_code: str | None
    member_first_name: str | None
    member_last_name: str | None
    member_phone: str | None
    union_name: str | None
    officer_first_name: str | None
    officer_last_name: str | None


_PEOPLE = {
    "loan_number": loan_accounts.c.loan_number,
    "member_code": directory_member.c.code,
    "member_first_name": directory_member.c.first_name,
    "member_last_name": directory_member.c.last_name,
    "member_phone": directory_member.c.phone,
    "union_name": directory_union.c.name,
    "officer_first_name": _officer.c.first_name,
    "officer_last_name": _officer.c.last_name,
}


def every_repayment(connection: Connection, actor: Actor, filters: Filters) -> Iterator[ExportedRepayment]:
    """All repayments and reversals that the list would have on its pages, the newest first, as they come from the
    database; the connection must be in a transaction."""
    paid = (
        select(*(func.sum(allocations.c[part]).label(part) for part in ("penalty", "fee", "interest", "principal")))
        .where(allocations.c.repayment_id == repayments.c.id)
        .lateral("parts")
    )
    columns = columns_of(
        ExportedRepayment,
        repayments,
        **_PEOPLE,
        **{part.name: part for part in paid.c},
        reversed_on=_reversal.c.business_date,
        receiver_first_name=_receiver.c.first_name,
        receiver_last_name=_receiver.c.last_name,
        receiver_email=_receiver.c.email,
    )
    query = select(*columns).select_from(
        repayments.join(loan_accounts, loan_accounts.c.loan_id == repayments.c.loan_id)
        .outerjoin(paid, true())
        .outerjoin(_reversal, _reversal.c.reversal_of_id == repayments.c.id)
        .outerjoin(_receiver, _receiver.c.id == repayments.c.received_by)
    )
    newest_first = (repayments.c.paid_at.desc(), repayments.c.id.desc())
    chosen = _with_people(query).where(*repayment_conditions(actor, filters)).order_by(*newest_first)
    return _stream(ExportedRepayment, connection, chosen)


def every_instalment(
    connection: Connection, actor: Actor, filters: Filters, *, today: date
) -> Iterator[ExportedInstalment]:
    """All instalments that the list would have on its pages, the first due first, as they come from the database; the
    connection must be in a transaction."""
    columns = columns_of(ExportedInstalment, instalments, **_PEOPLE)
    query = select(*columns).select_from(
        instalments.join(loan_accounts, loan_accounts.c.loan_id == instalments.c.loan_id)
    )
    oldest_first = (instalments.c.due_on, instalments.c.sequence, instalments.c.id)
    chosen = _with_people(query).where(*instalment_conditions(actor, filters, today)).order_by(*oldest_first)
    return _stream(ExportedInstalment, connection, chosen)


def _with_people(query: Select[Any]) -> Select[Any]:
    return (
        query.outerjoin(directory_member, directory_member.c.id == loan_accounts.c.member_id)
        .outerjoin(directory_union, directory_union.c.id == loan_accounts.c.union_id)
        .outerjoin(_officer, _officer.c.id == loan_accounts.c.officer_id)
    )


def _stream(row_type: type[Any], connection: Connection, query: Select[Any]) -> Iterator[Any]:
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(query):
        yield row_type(*row)

"""What is printed on the receipt of a repayment, and how often it was."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from services.payments.domain.allocation import PART_ORDER
from services.payments.models.ledger import allocations, loan_accounts, repayments
from services.payments.models.receipts import receipt_prints
from services.payments.queries.rows import columns_of, row_of
from shared.context import Actor
from shared.directory.scope import scope
from shared.directory.tables import directory_member, directory_staff, directory_union
from shared.money import ZERO

_receiver = directory_staff.alias("receiver")
_reversal = repayments.alias("reversal")


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A repayment with what a receipt says around it; `outstanding` is what its loan owes now."""

    id: UUID
    loan_id: UUID
    loan_number: str
    account_version: int
    amount: Decimal
    method: str
    reference: str | None
    paid_on: date
    recorded_at: datetime
    reversal_of_id: UUID | None
    reversed_on: date | None
    outstanding: Decimal
    member_code: str | None
    member_first_name: str | None
    member_last_name: str | None
    union_name: str | None
    receiver_first_name: str | None
    receiver_last_name: str | None
    receiver_email: str | None


@dataclass(frozen=True, slots=True)
class Print:
    """How often a receipt was printed, this time included, and the figures that stand on all of them."""

    prints: int
    outstanding: Decimal
    parts: Mapping[str, str]


_RECEIPT = (
    select(
        *columns_of(
            ReceiptRow,
            repayments,
            loan_number=loan_accounts.c.loan_number,
            outstanding=loan_accounts.c.outstanding,
            reversed_on=_reversal.c.business_date,
            member_code=directory_member.c.code,
            member_first_name=directory_member.c.first_name,
            member_last_name=directory_member.c.last_name,
            union_name=directory_union.c.name,
            receiver_first_name=_receiver.c.first_name,
            receiver_last_name=_receiver.c.last_name,
            receiver_email=_receiver.c.email,
        )
    )
    .join_from(repayments, loan_accounts, loan_accounts.c.loan_id == repayments.c.loan_id)
    .outerjoin(directory_member, directory_member.c.id == loan_accounts.c.member_id)
    .outerjoin(directory_union, directory_union.c.id == loan_accounts.c.union_id)
    .outerjoin(_receiver, _receiver.c.id == repayments.c.received_by)
    .outerjoin(_reversal, _reversal.c.reversal_of_id == repayments.c.id)
    .where(repayments.c.id == bindparam("repayment_id"))
)
_PARTS = select(*(func.coalesce(func.sum(allocations.c[part]), ZERO) for part in PART_ORDER)).where(
    allocations.c.repayment_id == bindparam("repayment_id")
)


def receipt_in_scope(connection: Connection, actor: Actor, repayment_id: UUID) -> ReceiptRow | None:
    """The repayment with what its receipt says, if the actor may see it."""
    query = _RECEIPT.where(scope(actor, repayments.c.officer_id))
    return row_of(ReceiptRow, connection.execute(query, {"repayment_id": repayment_id}))


def parts_now(connection: Connection, repayment_id: UUID) -> dict[str, Decimal]:
    """What a repayment pays of each part as things stand now."""
    return dict(zip(PART_ORDER, connection.execute(_PARTS, {"repayment_id": repayment_id}).one(), strict=True))


def count_print(
    connection: Connection, repayment_id: UUID, *, outstanding: Decimal, parts: Mapping[str, Decimal], at: datetime
) -> Print:
    """Count one more print. The figures are kept with the first one and come back with every later one; of two first
    prints at once one is the second."""
    first = Print(1, outstanding, {name: f"{amount:.2f}" for name, amount in parts.items()})
    statement = insert(receipt_prints).values(
        repayment_id=repayment_id, first_printed_at=at, last_printed_at=at, **asdict(first)
    )
    statement = statement.on_conflict_do_update(
        index_elements=[receipt_prints.c.repayment_id],
        set_={"prints": receipt_prints.c.prints + 1, "last_printed_at": at},
    )
    row = connection.execute(statement.returning(*columns_of(Print, receipt_prints))).one()
    return Print(*row)

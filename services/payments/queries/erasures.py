"""What people wrote about the payments of members; amounts, days and references are money facts and stay."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Connection, select, update

from services.payments.models.ledger import charges, loan_accounts, repayments, waivers


def blank_notes(connection: Connection, member_ids: Collection[UUID]) -> None:
    """Forget the notes on repayments and charges of the loans of these members, and why charges were waived."""
    theirs = select(loan_accounts.c.loan_id).where(loan_accounts.c.member_id.in_(member_ids))
    for table, column in ((repayments, repayments.c.notes), (charges, charges.c.note)):
        noted = update(table).where(table.c.loan_id.in_(theirs), column.is_not(None))
        connection.execute(noted.values({column: None}))
    of_theirs = select(charges.c.id).where(charges.c.loan_id.in_(theirs))
    connection.execute(update(waivers).where(waivers.c.charge_id.in_(of_theirs)).values(reason="Erased"))


def loans_of_member(connection: Connection, member_id: UUID) -> Sequence[UUID]:
    """The loans of a member that have accounts."""
    theirs = select(loan_accounts.c.loan_id).where(loan_accounts.c.member_id == member_id)
    return connection.execute(theirs).scalars().all()

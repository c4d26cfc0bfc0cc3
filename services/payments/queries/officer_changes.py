"""Rows that go to another officer, because their union does or because their member goes to another union."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, CTE, ColumnElement, Connection, Uuid, bindparam, func, select, text, update

from services.payments.models.ledger import loan_accounts
from shared.directory.tables import directory_member

Moved = dict[tuple[UUID, str], int]


def _locked(*conditions: ColumnElement[bool]) -> CTE:
    """Accounts, locked in the order of their ids as payments lock them (`accounts.accounts_for_update`)."""
    chosen = select(loan_accounts.c.loan_id).where(*conditions)
    return chosen.order_by(loan_accounts.c.loan_id).with_for_update().cte("locked")


_of_union = _locked(loan_accounts.c.union_id == bindparam("of_union_id"), loan_accounts.c.officer_id != bindparam("to"))
_MOVE_UNION = (
    update(loan_accounts)
    .where(loan_accounts.c.loan_id == _of_union.c.loan_id)
    .values(officer_id=bindparam("to"))
    .returning(loan_accounts.c.loan_id)
)
_MOVED_MEMBERS = (
    select(loan_accounts.c.member_id)
    .distinct()
    .join(directory_member, directory_member.c.id == loan_accounts.c.member_id)
    .where(
        loan_accounts.c.member_id == func.any(bindparam("member_ids", type_=ARRAY(Uuid))),
        loan_accounts.c.union_id != directory_member.c.union_id,
    )
)
_of_member = _locked(
    loan_accounts.c.member_id == bindparam("of_member_id"), loan_accounts.c.union_id != bindparam("union")
)
_MOVE_MEMBER = (
    update(loan_accounts)
    .where(loan_accounts.c.loan_id == _of_member.c.loan_id)
    .values(union_id=bindparam("union"), officer_id=bindparam("to"))
    .returning(loan_accounts.c.loan_id)
)
_MOVE_INSTALMENTS = text(
    """
    WITH moved AS (
        SELECT id, officer_id, is_listed, CASE WHEN closed_at IS NULL THEN 'OPEN' ELSE 'PAID' END AS kind
          FROM instalments WHERE loan_id = ANY(:loan_ids)
    ), done AS (
        UPDATE instalments SET officer_id = :to FROM moved WHERE instalments.id = moved.id
    )
    SELECT officer_id, kind, count(*) FROM moved WHERE is_listed GROUP BY officer_id, kind
    """
)
_MOVE_REPAYMENTS = text(
    """
    WITH moved AS (
        SELECT id, officer_id, method FROM repayments WHERE loan_id = ANY(:loan_ids)
    ), done AS (
        UPDATE repayments SET officer_id = :to FROM moved WHERE repayments.id = moved.id
    )
    SELECT officer_id, method, count(*) FROM moved GROUP BY officer_id, method
    """
)


def accounts_to_officer(connection: Connection, union_id: UUID, to: UUID) -> Sequence[UUID]:
    """Lock a union's accounts and give them another officer; returns the loans that had one."""
    return connection.execute(_MOVE_UNION, {"of_union_id": union_id, "to": to}).scalars().all()


def moved_members(connection: Connection, member_ids: Sequence[UUID]) -> Sequence[UUID]:
    """Those of the members whose accounts are still in a union they left."""
    return connection.execute(_MOVED_MEMBERS, {"member_ids": member_ids}).scalars().all()


def accounts_to_union(connection: Connection, member_id: UUID, union_id: UUID, to: UUID) -> Sequence[UUID]:
    """Lock a member's accounts and put them in another union, with its officer; returns the loans that moved."""
    values = {"of_member_id": member_id, "union": union_id, "to": to}
    return connection.execute(_MOVE_MEMBER, values).scalars().all()


def move_instalments(connection: Connection, loan_ids: Sequence[UUID], to: UUID) -> Moved:
    """Move the instalments after their accounts; returns how many listed ones left whom, by kind."""
    rows = connection.execute(_MOVE_INSTALMENTS, {"loan_ids": loan_ids, "to": to})
    return {(officer_id, kind): number for officer_id, kind, number in rows}


def move_repayments(connection: Connection, loan_ids: Sequence[UUID], to: UUID) -> Moved:
    """Move the repayments after their accounts; returns how many left whom, by method."""
    rows = connection.execute(_MOVE_REPAYMENTS, {"loan_ids": loan_ids, "to": to})
    return {(officer_id, method): number for officer_id, method, number in rows}

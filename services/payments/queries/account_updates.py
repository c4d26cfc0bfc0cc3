"""Writing what lending publishes: accounts are opened and updated, schedules taken away."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, bindparam, case, delete, select, update

from services.payments.domain.account import Account, LoanFacts
from services.payments.models.ledger import allocations, instalments, loan_accounts, repayments
from services.payments.queries.counts import OPEN, PAID
from services.payments.queries.rows import columns_of, row_of
from shared import epochs
from shared.directory.tables import directory_member, directory_union
from shared.postgres.recordset import json_rows, recordset_statement

Values = Mapping[str, Any]


class Place(NamedTuple):
    """The union of a member, and the officer of that union."""

    union_id: UUID
    officer_id: UUID


_kind = case((instalments.c.closed_at.is_(None), OPEN), else_=PAID)

# Share locks: while an account takes over union and officer, nobody can move the member or give the union another one.
_PLACE = (
    select(directory_member.c.union_id, directory_union.c.officer_id)
    .join(directory_union, directory_union.c.id == directory_member.c.union_id)
    .where(directory_member.c.id == bindparam("member_id"))
    .with_for_update(read=True)
)
_LOCKED = (
    select(*columns_of(Account, loan_accounts)).where(loan_accounts.c.loan_id == bindparam("loan_id")).with_for_update()
)
_OPENED = (*(fact.name for fact in fields(LoanFacts)), "loan_id", "union_id", "officer_id", "status", "facts_version")
# Written out, because SQLAlchemy compiles an insert with a conflict clause anew each time. A new account holds no
# money, nothing of it was published in this epoch, and a trigger writes its `facts` for the release before.
_OPEN = recordset_statement(
    f"""
    INSERT INTO loan_accounts ({", ".join(_OPENED)}, schedule_version, version, paid, outstanding,
                               outstanding_principal)
    SELECT {", ".join(_OPENED)}, 0,
           coalesce((SELECT number FROM epoch WHERE source = 'payments'), 0) * {epochs.STEP}, 0, 0, 0
      FROM {{accounts}}
    ON CONFLICT DO NOTHING RETURNING loan_id
    """,  # noqa: S608 - put together of constants; values are parameters
    accounts=loan_accounts,
)
_UPDATE = update(loan_accounts).where(loan_accounts.c.loan_id == bindparam("of_loan_id"))
_FORGET_ALLOCATIONS = delete(allocations).where(
    allocations.c.repayment_id == repayments.c.id, repayments.c.loan_id == bindparam("loan_id")
)
_FORGET_INSTALMENTS = (
    delete(instalments)
    .where(instalments.c.loan_id == bindparam("loan_id"))
    .returning(case((instalments.c.is_listed, _kind)))
)
_LIST = (
    update(instalments)
    .where(instalments.c.loan_id == bindparam("of_loan_id"), instalments.c.is_listed != bindparam("listed"))
    .values(is_listed=bindparam("listed"))
    .returning(_kind.label("kind"))
)


def place_of_member(connection: Connection, member_id: UUID) -> Place | None:
    """Where the member is, and stays until the end of the transaction; None while the directory does not know them."""
    return row_of(Place, connection.execute(_PLACE, {"member_id": member_id}))


def open_account(connection: Connection, values: Values) -> bool:
    """Insert an account that lending publishes for the first time, and say so; an existing one stays as it is."""
    return connection.execute(_OPEN, {"accounts": json_rows([values])}).first() is not None


def locked_account(connection: Connection, loan_id: UUID) -> Account:
    """The account alone, under its lock."""
    return Account(*connection.execute(_LOCKED, {"loan_id": loan_id}).one())


def update_account(connection: Connection, loan_id: UUID, values: Values) -> None:
    """Change columns of an account whose lock is held."""
    connection.execute(_UPDATE.values(**values), {"of_loan_id": loan_id})


def forget_schedule(connection: Connection, loan_id: UUID) -> Sequence[str]:
    """Remove a loan's instalments and the allocations on them; returns the kinds of those that were listed."""
    connection.execute(_FORGET_ALLOCATIONS, {"loan_id": loan_id})
    kinds = connection.execute(_FORGET_INSTALMENTS, {"loan_id": loan_id}).scalars()
    return [kind for kind in kinds if kind is not None]


def list_instalments(connection: Connection, loan_id: UUID) -> Sequence[str]:
    """Take a loan's instalments into the lists; returns the kinds of those that were not in them."""
    return connection.execute(_LIST, {"of_loan_id": loan_id, "listed": True}).scalars().all()


def unlist_instalments(connection: Connection, loan_id: UUID) -> Sequence[str]:
    """Take a loan's instalments out of the lists; returns the kinds of those that were in them."""
    return connection.execute(_LIST, {"of_loan_id": loan_id, "listed": False}).scalars().all()

"""Accounts that are published anew, and those of loans that lending does not have."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Uuid, bindparam, func, select, text

from services.payments.domain.account import Account
from services.payments.models.ledger import loan_accounts
from services.payments.queries.rows import columns_of, rows_of

_ACCOUNTS = (
    select(*columns_of(Account, loan_accounts))
    .where(loan_accounts.c.loan_id == func.any(bindparam("loan_ids", type_=ARRAY(Uuid))))
    .order_by(loan_accounts.c.loan_id)
)
_BELOW = (
    select(*columns_of(Account, loan_accounts))
    .where(loan_accounts.c.facts_version < bindparam("version"))
    .order_by(loan_accounts.c.loan_id)
    .with_for_update()
)
_END_TYPES = text("UPDATE loan_types SET is_active = false, version = :version WHERE version < :version")


def accounts_by_id(connection: Connection, loan_ids: Collection[UUID]) -> Sequence[Account]:
    """The accounts of these loans, in the order of their ids."""
    return rows_of(Account, connection.execute(_ACCOUNTS, {"loan_ids": list(loan_ids)}))


def accounts_below(connection: Connection, version: int) -> Sequence[Account]:
    """The accounts whose facts of lending have a lower version, locked in the order of their ids."""
    return rows_of(Account, connection.execute(_BELOW, {"version": version}))


def end_loan_types_below(connection: Connection, version: int) -> None:
    """Take loan types of a lower version as not offered."""
    connection.execute(_END_TYPES, {"version": version})

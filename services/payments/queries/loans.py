"""A loan as answers show it: its account, with the names around it from the directory."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Connection, RowMapping, Select, Uuid, bindparam, func, select, union

from services.payments.models.ledger import loan_accounts, loan_types
from shared.context import Actor
from shared.directory.scope import scope
from shared.directory.tables import directory_member, directory_staff, directory_union
from shared.search import contains_words

_officer = directory_staff.alias("officer")
_creator = directory_staff.alias("creator")

_member_and_union = loan_accounts.outerjoin(
    directory_member, directory_member.c.id == loan_accounts.c.member_id
).outerjoin(directory_union, directory_union.c.id == loan_accounts.c.union_id)

# Outer joins: a loan whose member or staff the directory has not heard of yet is shown without the name.
LOAN_IN_SHORT = select(
    *loan_accounts.c,
    directory_member.c.code.label("member_code"),
    directory_member.c.first_name.label("member_first_name"),
    directory_member.c.last_name.label("member_last_name"),
    directory_member.c.phone.label("member_phone"),
    directory_union.c.name.label("union_name"),
    directory_union.c.location.label("union_location"),
).select_from(_member_and_union)

_LOAN = LOAN_IN_SHORT.add_columns(
    directory_member.c.details.label("member_details"),
    directory_union.c.address.label("union_address"),
    directory_union.c.created_at.label("union_created_at"),
    directory_union.c.updated_at.label("union_updated_at"),
    loan_types.c.name.label("loan_type_name"),
    _officer.c.email.label("officer_email"),
    _officer.c.first_name.label("officer_first_name"),
    _officer.c.last_name.label("officer_last_name"),
    _officer.c.role.label("officer_role"),
    _creator.c.email.label("creator_email"),
    _creator.c.first_name.label("creator_first_name"),
    _creator.c.last_name.label("creator_last_name"),
    _creator.c.role.label("creator_role"),
).select_from(
    _member_and_union.outerjoin(loan_types, loan_types.c.id == loan_accounts.c.loan_type_id)
    .outerjoin(_officer, _officer.c.id == loan_accounts.c.officer_id)
    .outerjoin(_creator, _creator.c.id == loan_accounts.c.created_by)
)
_AMONG = loan_accounts.c.loan_id == func.any(bindparam("loan_ids", type_=ARRAY(Uuid)))
_LOANS, _LOANS_IN_SHORT = _LOAN.where(_AMONG), LOAN_IN_SHORT.where(_AMONG)


def loans_shown(connection: Connection, loan_ids: Iterable[UUID]) -> dict[UUID, RowMapping]:
    """These loans with the names around them."""
    return _by_id(connection, _LOANS, loan_ids)


def loans_in_short(connection: Connection, loan_ids: Iterable[UUID]) -> dict[UUID, RowMapping]:
    """These loans with the names of member and union only."""
    return _by_id(connection, _LOANS_IN_SHORT, loan_ids)


def _by_id(connection: Connection, query: Select[Any], loan_ids: Iterable[UUID]) -> dict[UUID, RowMapping]:
    rows = connection.execute(query, {"loan_ids": list(set(loan_ids))}).mappings()
    return {row["loan_id"]: row for row in rows}


def loan_in_scope(connection: Connection, actor: Actor, loan_id: UUID) -> RowMapping | None:
    """The loan with the names around it, if the actor may see it."""
    own = scope(actor, loan_accounts.c.officer_id)
    query = _LOAN.where(loan_accounts.c.loan_id == loan_id, own, ~loan_accounts.c.is_deleted)
    return connection.execute(query).mappings().first()


def loans_found(words: str) -> Select[tuple[UUID]]:
    """The loans whose number contains the words, or whose member does: each condition has an index that serves it."""
    members = select(directory_member.c.id).where(contains_words(directory_member.c.search, words))
    by_member = select(loan_accounts.c.loan_id).where(loan_accounts.c.member_id.in_(members))
    number = func.lower(loan_accounts.c.loan_number)
    by_number = select(loan_accounts.c.loan_id).where(contains_words(number, words))
    return select(union(by_member, by_number).subquery().c.loan_id)


def loan_type_by_id(connection: Connection, loan_type_id: UUID) -> RowMapping | None:
    """A loan type as lending last told it."""
    return connection.execute(select(loan_types).where(loan_types.c.id == loan_type_id)).mappings().first()

"""A loan as answers show it: its account, with the names around it from the directory."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Select, Uuid, bindparam, func, select, union

from services.payments.models.ledger import loan_accounts, loan_types
from services.payments.models.rows import LoanInFull, LoanInShort, LoanTypeRow
from services.payments.queries.rows import columns_of, row_of, rows_of
from shared.context import Actor
from shared.directory.scope import scope
from shared.directory.tables import directory_member, directory_staff, directory_union
from shared.search import contains_words

_officer = directory_staff.alias("officer")
_creator = directory_staff.alias("creator")

_member_and_union = loan_accounts.outerjoin(
    directory_member, directory_member.c.id == loan_accounts.c.member_id
).outerjoin(directory_union, directory_union.c.id == loan_accounts.c.union_id)

_NAMES = {
    "member_code": directory_member.c.code,
    "member_first_name": directory_member.c.first_name,
    "member_last_name": directory_member.c.last_name,
    "member_phone": directory_member.c.phone,
    "union_name": directory_union.c.name,
    "union_location": directory_union.c.location,
}
_ALL_NAMES = _NAMES | {
    "member_details": directory_member.c.details,
    "union_address": directory_union.c.address,
    "union_created_at": directory_union.c.created_at,
    "union_updated_at": directory_union.c.updated_at,
    "loan_type_name": loan_types.c.name,
    "officer_email": _officer.c.email,
    "officer_first_name": _officer.c.first_name,
    "officer_last_name": _officer.c.last_name,
    "officer_role": _officer.c.role,
    "creator_email": _creator.c.email,
    "creator_first_name": _creator.c.first_name,
    "creator_last_name": _creator.c.last_name,
    "creator_role": _creator.c.role,
}
# Outer joins: a loan whose member or staff the directory has not heard of yet is shown without the name.
LOAN_IN_SHORT = select(*columns_of(LoanInShort, loan_accounts, **_NAMES)).select_from(_member_and_union)
_LOAN = select(*columns_of(LoanInFull, loan_accounts, **_ALL_NAMES)).select_from(
    _member_and_union.outerjoin(loan_types, loan_types.c.id == loan_accounts.c.loan_type_id)
    .outerjoin(_officer, _officer.c.id == loan_accounts.c.officer_id)
    .outerjoin(_creator, _creator.c.id == loan_accounts.c.created_by)
)
_AMONG = loan_accounts.c.loan_id == func.any(bindparam("loan_ids", type_=ARRAY(Uuid)))
_LOANS, _LOANS_IN_SHORT = _LOAN.where(_AMONG), LOAN_IN_SHORT.where(_AMONG)


def loans_in_full(connection: Connection, loan_ids: Iterable[UUID]) -> dict[UUID, LoanInFull]:
    """These loans by their ids, with all the names around them."""
    rows = rows_of(LoanInFull, connection.execute(_LOANS, {"loan_ids": list(set(loan_ids))}))
    return {row.loan_id: row for row in rows}


def loans_in_short(connection: Connection, loan_ids: Iterable[UUID]) -> dict[UUID, LoanInShort]:
    """These loans by their ids, with the names of member and union only."""
    rows = rows_of(LoanInShort, connection.execute(_LOANS_IN_SHORT, {"loan_ids": list(set(loan_ids))}))
    return {row.loan_id: row for row in rows}


def loan_in_scope(connection: Connection, actor: Actor, loan_id: UUID) -> LoanInFull | None:
    """The loan with all the names around it, if the actor may see it."""
    own = scope(actor, loan_accounts.c.officer_id)
    query = _LOAN.where(loan_accounts.c.loan_id == loan_id, own, ~loan_accounts.c.is_deleted)
    return row_of(LoanInFull, connection.execute(query))


def loans_found(words: str) -> Select[tuple[UUID]]:
    """The loans whose number contains the words, or whose member does: each condition has an index that serves it."""
    members = select(directory_member.c.id).where(contains_words(directory_member.c.search, words))
    by_member = select(loan_accounts.c.loan_id).where(loan_accounts.c.member_id.in_(members))
    number = func.lower(loan_accounts.c.loan_number)
    by_number = select(loan_accounts.c.loan_id).where(contains_words(number, words))
    return select(union(by_member, by_number).subquery().c.loan_id)


def loan_type_by_id(connection: Connection, loan_type_id: UUID) -> LoanTypeRow | None:
    """A loan type as lending last published it."""
    query = select(*columns_of(LoanTypeRow, loan_types)).where(loan_types.c.id == loan_type_id)
    return row_of(LoanTypeRow, connection.execute(query))

"""What depends on members of staff: unions, officers and open loans."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from services.identity.domain.staff import Dependants
from services.identity.models import LoanOfMember, User
from shared.directory.tables import directory_member, directory_union

_IS_LIVE = User.deleted_at.is_(None)
_IDS = bindparam("user_ids", type_=ARRAY(Uuid))
_union, _member = directory_union.c, directory_member.c
_UNIONS = (
    select(_union.officer_id, func.array_agg(aggregate_order_by(_union.name, _union.name)))
    .where(_union.officer_id == func.any(_IDS), ~_union.is_deleted)
    .group_by(_union.officer_id)
)
_name = func.coalesce(User.first_name + " " + User.last_name, User.email)
_OFFICERS = (
    select(User.supervisor_id, func.array_agg(aggregate_order_by(_name, _name)))
    .where(User.supervisor_id == func.any(_IDS), _IS_LIVE)
    .group_by(User.supervisor_id)
)
# A loan belongs to the officer of the union its member is in now.
_OPEN_LOANS = (
    select(_union.officer_id, func.count())
    .select_from(directory_union)
    .join(directory_member, _member.union_id == _union.id)
    .join(LoanOfMember, LoanOfMember.member_id == _member.id)
    .where(_union.officer_id == func.any(_IDS), LoanOfMember.is_open)
    .group_by(_union.officer_id)
)


def dependants_of(connection: Connection, user_ids: Collection[UUID]) -> dict[UUID, Dependants]:
    """What depends on each of these people, as far as events have said; may leave out people on whom nothing
    depends."""
    ids = {"user_ids": list(user_ids)}
    unions = {officer_id: tuple(names) for officer_id, names in connection.execute(_UNIONS, ids)}
    officers = {supervisor_id: tuple(names) for supervisor_id, names in connection.execute(_OFFICERS, ids)}
    loans = {officer_id: count for officer_id, count in connection.execute(_OPEN_LOANS, ids)}
    return {
        user_id: Dependants(unions.get(user_id, ()), officers.get(user_id, ()), loans.get(user_id, 0))
        for user_id in {*unions, *officers, *loans}
    }

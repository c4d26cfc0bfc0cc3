"""The scope rule (contract 1.6): whose unions, members, loans and payments an actor may see."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, bindparam, select, true

from shared.context import Actor, Role
from shared.directory.tables import directory_staff, directory_union
from shared.tally import EVERYBODY, tally

ACTOR_ID: BindParameter[UUID] = bindparam("actor_id")
"""The parameter of statements that are made once for everybody of a role."""


def scope(actor: Actor, officer_column: Any) -> ColumnElement[bool]:
    """The condition that keeps a query within what an actor may see.

    `officer_column` holds the credit officer of the row's union. An admin sees everything, a supervisor the unions of
    the officers under them, an officer their own.
    """
    return scope_of(actor.role, officer_column, actor.id)


def scope_of(role: Role, officer_column: Any, actor_id: UUID | BindParameter[UUID]) -> ColumnElement[bool]:
    """The condition of `scope` for a role; with a parameter for `actor_id` a statement is made once for all of it."""
    match role:
        case Role.ADMIN:
            return true()
        case Role.SUPERVISOR:
            condition: ColumnElement[bool] = officer_column.in_(supervised(actor_id))
            return condition
        case Role.CREDIT_OFFICER:
            own: ColumnElement[bool] = officer_column == actor_id
            return own


def unions_seen(connection: Connection, actor: Actor) -> list[UUID]:
    """The unions, deleted ones too, that an actor may see now."""
    unions = directory_union.c
    return list(connection.execute(select(unions.id).where(scope(actor, unions.officer_id))).scalars())


def tally_owners(actor: Actor, connection: Connection) -> Sequence[UUID]:
    """Whose counts in the tally add up to what an actor may see."""
    match actor.role:
        case Role.ADMIN:
            return [EVERYBODY]
        case Role.SUPERVISOR:
            return list(connection.execute(supervised(actor.id)).scalars())
        case Role.CREDIT_OFFICER:
            return [actor.id]


def supervised(supervisor_id: UUID | BindParameter[UUID]) -> Select[tuple[UUID]]:
    """The ids of the officers under a supervisor."""
    return select(directory_staff.c.id).where(
        directory_staff.c.supervisor_id == supervisor_id, ~directory_staff.c.is_deleted
    )


def all_in_scope(role: Role) -> ColumnElement[bool]:
    """The condition on the tally's rows that picks all an actor of this role may see; ACTOR_ID says which actor."""
    if role is Role.ADMIN:
        return tally.c.owner_id == EVERYBODY
    return scope_of(role, tally.c.owner_id, ACTOR_ID)

"""Staff, as the directory knows them."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.membership.domain.officer import Officer
from shared.context import Actor
from shared.directory.scope import scope
from shared.directory.tables import directory_staff as staff
from shared.errors import NotFound


class CreditOfficerNotFound(NotFound):
    """No such member of staff, or not one this actor may choose."""


def officer(session: Session, officer_id: UUID) -> Officer | None:
    """A member of staff, in or out of scope; None without one."""
    statement = select(staff.c.id, staff.c.role, staff.c.is_active).where(staff.c.id == officer_id, ~staff.c.is_deleted)
    row = session.execute(statement).first()
    return Officer(*row) if row else None


def officer_to_choose(session: Session, officer_id: UUID, *, by: Actor) -> Officer:
    """A member of staff this actor may give a union to, as far as scope goes. Raises CreditOfficerNotFound."""
    in_scope = select(staff.c.id).where(staff.c.id == officer_id, scope(by, staff.c.id))
    chosen = officer(session, officer_id) if session.execute(in_scope).first() else None
    if chosen is None:
        raise CreditOfficerNotFound("Credit officer not found", field="creditOfficerId")
    return chosen

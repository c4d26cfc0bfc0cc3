"""The sessions of a member of staff, for an admin who has heard of a lost phone."""

from uuid import UUID

from flask import Blueprint, Response

from services.identity import shapes
from services.identity.queries.accounts import user_row
from services.identity.queries.sessions import own_sessions
from services.identity.usecases.sessions import revoke_session_of
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.web.auth import current_actor, requires
from shared.web.envelope import success
from shared.web.schema import documented
from shared.web.transactions import reading, transactional

staff_sessions = Blueprint("staff_sessions", __name__, url_prefix="/users/<uuid:user_id>/sessions")


@staff_sessions.get("")
@requires(Role.ADMIN)
@documented("List somebody's sessions", name="list_user_sessions", answer=shapes.Session, many=True)
def get_sessions(user_id: UUID) -> Response:
    """The sessions that are still alive of a member of staff, the newest first; `isCurrent` marks the one that asks."""
    actor = current_actor()
    with reading() as connection:
        user_row(connection, user_id, actor)
        rows = own_sessions(connection, user_id, at=now())
    return success(
        [shapes.Session.of(row, current=actor.session_id) for row in rows], "Sessions retrieved successfully"
    )


@staff_sessions.delete("/<uuid:session_id>")
@requires(Role.ADMIN, as_oneself=True)
@documented("End one of somebody's sessions", name="end_user_session", answer=shapes.Message)
@transactional
def delete_session(uow: UnitOfWork, user_id: UUID, session_id: UUID) -> Response:
    """End a session of a member of staff, as when a phone is lost. Its tokens are refused from now on."""
    revoke_session_of(uow, user_id=user_id, session_id=session_id, at=now())
    message = "Session revoked successfully"
    return success(shapes.Message.of(message=message), message)

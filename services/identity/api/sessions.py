"""One's own sessions, and acting as somebody else."""

from uuid import UUID

from flask import Blueprint, Response

from services.identity import shapes
from services.identity.api.dependencies import dependencies
from services.identity.api.tokens import tokens_answer
from services.identity.queries.sessions import own_sessions
from services.identity.usecases.impersonation import impersonate
from services.identity.usecases.sessions import revoke_other_sessions, revoke_own_session
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.web.auth import current_actor, requires
from shared.web.envelope import success
from shared.web.schema import documented
from shared.web.transactions import idempotent, reading, transactional

sessions = Blueprint("sessions", __name__, url_prefix="/auth")


@sessions.get("/sessions")
@requires()
@documented("List one's own sessions", name="list_own_sessions", answer=shapes.Session, many=True)
def get_sessions() -> Response:
    """The sessions that are still alive of whoever asks, the newest first; `isCurrent` marks the one that asks."""
    actor = current_actor()
    with reading() as connection:
        rows = own_sessions(connection, actor.id, at=now())
    return success(
        [shapes.Session.of(row, current=actor.session_id) for row in rows], "Sessions retrieved successfully"
    )


@sessions.delete("/sessions/<uuid:session_id>")
@requires()
@documented("End one of one's own sessions", name="end_own_session", answer=shapes.Message)
@transactional
def delete_session(uow: UnitOfWork, session_id: UUID) -> Response:
    """End another session of one's own, or this one. Its tokens are refused from now on."""
    revoke_own_session(uow, by=current_actor(), session_id=session_id, at=now())
    message = "Session revoked successfully"
    return success(shapes.Message.of(message=message), message)


@sessions.post("/sessions/revoke-others")
@requires()
@documented("End all one's own sessions but this one", name="end_other_sessions", answer=shapes.Count)
@idempotent
def post_revoke_others(uow: UnitOfWork) -> Response:
    """End every session of one's own except the one that asks; `count` says how many there were."""
    count = revoke_other_sessions(uow, by=current_actor(), at=now())
    message = f"{count} other session(s) revoked"
    return success(shapes.Count.of(message=message, count=count), message)


@sessions.post("/impersonate/<uuid:user_id>")
@requires(Role.ADMIN)
@documented("Act as somebody else", name="impersonate_user", answer=shapes.Impersonation)
@transactional
def post_impersonate(uow: UnitOfWork, user_id: UUID) -> Response:
    """Begin a session as another member of staff. Everything done in it is recorded under both names.

    Not possible for admins, nor for accounts that the configuration protects. Passwords cannot be changed in such a
    session.
    """
    admin = current_actor()
    signed_in = impersonate(
        uow,
        by=admin,
        user_id=user_id,
        protected=dependencies().protected,
        lifetimes=dependencies().policy.lifetimes,
        at=now(),
    )
    message = f"You are now acting as {signed_in.user.email}"
    return tokens_answer(shapes.Impersonation, signed_in.grant, message, user=signed_in.user, admin=admin)

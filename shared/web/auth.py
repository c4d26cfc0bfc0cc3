"""Authentication and roles. Every service verifies the token itself, and asks whether its session is alive now."""

import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

from flask import current_app, g, request
from sqlalchemy import Engine, bindparam, select

from shared.context import Actor, Role
from shared.directory.tables import directory_staff, revoked_session
from shared.errors import Forbidden, Unauthenticated
from shared.impersonation import check_acts_as_oneself
from shared.postgres.read_statement import ReadStatement
from shared.tokens import InvalidToken, NotHeardOf, TokenVerifier, actor_of

View = TypeVar("View", bound=Callable[..., Any])
Taken = ParamSpec("Taken")
Answered = TypeVar("Answered")

# The gateway judges every request by the live feed; a service reached directly is at most this much behind it.
AUTHORITY_SECONDS = 1.0
_CACHE_SIZE = 5000


class SignInRequired(Unauthenticated):
    """No token, a bad one, or one whose session is over."""


class RoleNotAllowed(Forbidden):
    """Signed in, and not for people of this role."""


class PasswordChangeRequired(Forbidden):
    """Signed in with a password that somebody else chose, which has to be changed first."""


class Authority(Protocol):
    """Answers whether the actor's session is alive and the account active, now. Raises NotHeardOf."""

    def is_live(self, actor: Actor) -> bool: ...


class DirectoryAuthority:
    """Authority as the directory of this service knows it, asked at most once a second per session.

    `engine` is one whose statements stand alone.
    """

    _LIVE = ReadStatement(
        select(directory_staff.c.id).where(
            directory_staff.c.id == bindparam("user_id"),
            directory_staff.c.role == bindparam("role"),
            directory_staff.c.is_active,
            ~directory_staff.c.is_deleted,
            ~select(revoked_session.c.session_id)
            .where(revoked_session.c.session_id == bindparam("session_id"))
            .exists(),
        )
    )

    # Who was deleted is still known.
    _LISTED = ReadStatement(select(directory_staff.c.id).where(directory_staff.c.id == bindparam("user_id")))

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._verdicts: dict[Any, tuple[float, bool]] = {}
        self._lock = threading.Lock()

    def is_live(self, actor: Actor) -> bool:
        asked_at, verdict = self._verdicts.get(actor.session_id, (0.0, False))
        if time.monotonic() - asked_at > AUTHORITY_SECONDS:
            values = {"user_id": actor.id, "role": actor.role.value, "session_id": actor.session_id}
            with self._engine.connect() as connection:
                verdict = bool(self._LIVE.rows(connection, values))
                if not (verdict or self._LISTED.rows(connection, {"user_id": actor.id})):
                    raise NotHeardOf(f"{actor.id} is not in the directory")
            with self._lock:
                if len(self._verdicts) >= _CACHE_SIZE:
                    self._verdicts.clear()
                self._verdicts[actor.session_id] = (time.monotonic(), verdict)
        return verdict


def authenticate(verifier: TokenVerifier, authority: Authority) -> Actor:
    """The actor of this request. Raises SignInRequired, KeysUnavailable when nothing can be verified, or NotHeardOf."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SignInRequired("Authentication is required.")
    try:
        actor = actor_of(verifier.claims(token.strip()))
    except InvalidToken as error:
        raise SignInRequired("Your session is not valid. Please sign in again.") from error
    if not authority.is_live(actor):
        raise SignInRequired("Your session has ended. Please sign in again.")
    return actor


def requires(
    *roles: Role, before_password_change: bool = False, as_oneself: bool = False
) -> Callable[[Callable[Taken, Answered]], Callable[Taken, Answered]]:
    """Let a view be called by staff of these roles; by any signed-in staff when none is named. With
    `before_password_change` also by who has to change their password before anything else; with `as_oneself` not by an
    admin who acts as somebody else."""

    def decorate(view: Callable[Taken, Answered]) -> Callable[Taken, Answered]:
        @wraps(view)
        def guarded(*args: Taken.args, **kwargs: Taken.kwargs) -> Answered:
            extension = current_app.extensions["mp"]
            actor = authenticate(extension.verifier, extension.authority)
            g.actor = actor
            if actor.must_change_password and not before_password_change:
                raise PasswordChangeRequired("Please change your password first.")
            if roles and actor.role not in roles:
                raise RoleNotAllowed("You do not have permission to do this.")
            if as_oneself:
                check_acts_as_oneself(actor)
            return view(*args, **kwargs)

        vars(guarded)["as_oneself"] = as_oneself
        return open_to(guarded, tuple(roles) or tuple(Role))

    return decorate


def public(view: View) -> View:
    """Let anybody call a view. A view with neither decorator is refused at start."""
    return open_to(view, ())


def open_to(view: View, roles: tuple[Role, ...]) -> View:
    """Write on a view whom it lets in, nobody in particular with no role: the guard of every app and its API document
    read it there."""
    vars(view)["access"] = roles
    return view


def current_actor() -> Actor:
    """The signed-in member of staff this request comes from."""
    actor: Actor = g.actor
    return actor

"""How views reach the database: one transaction for a write, autocommit for a read, and idempotent commands."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

from flask import Response, current_app, g, request
from sqlalchemy import Connection

from shared import idempotency
from shared.context import Context
from shared.db import UnitOfWork, run_transaction
from shared.errors import RuleViolated
from shared.forwarding import forwarded_address
from shared.idempotency import CommandKey, StoredAnswer
from shared.messaging.events import Envelope
from shared.web.problems import IdempotencyKeyReused

MAX_KEY_LENGTH = 255

T = TypeVar("T")
View = Callable[..., Response]


class BadIdempotencyKey(RuleViolated):
    """The Idempotency-Key header is not usable as a key."""


@contextmanager
def reading() -> Iterator[Connection]:
    """A connection for the reads of one request; each statement stands alone, and a search is planned for its words."""
    extension = current_app.extensions["mp"]
    engine = extension.searching_engine if request.args.get("search") else extension.reading_engine
    with engine.connect() as connection:
        yield connection


@contextmanager
def snapshot() -> Iterator[Connection]:
    """A connection for reads that must agree with each other: all see the database as of one moment, and each is
    planned for its values."""
    engine = current_app.extensions["mp"].searching_engine
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        yield connection


@contextmanager
def streaming() -> Iterator[Connection]:
    """A transaction for reading many rows a few at a time. A view that writes as well ends it before it does, so that a
    request never holds two connections."""
    engine = current_app.extensions["mp"].sessions.kw["bind"]
    with engine.begin() as connection:
        yield connection


def request_context() -> Context:
    """The circumstances of this request, for whatever it causes."""
    return Context(
        actor=g.get("actor"),
        request_id=g.request_id,
        traceparent=g.traceparent,
        ip_address=_client_address(),
        user_agent=(request.headers.get("User-Agent") or "")[:500] or None,
        request={"method": request.method, "path": request.path},
    )


def _client_address() -> str | None:
    """The address that the gateway signed; without the gateway, the one that the connection comes from."""
    secret = current_app.extensions["mp"].settings.internal_secret
    return forwarded_address(request.headers, secret) or request.remote_addr


def in_transaction(work: Callable[[UnitOfWork], T]) -> T:
    """Do `work` in a transaction of its own in this request, beside the one that its answer comes from."""
    extension = current_app.extensions["mp"]
    return run_transaction(extension.sessions, extension.name, work, request_context())[0]


def transactional(view: View) -> View:
    """Give a view the unit of work of its request as first argument and commit it when the view returns."""

    @wraps(view)
    def run(**kwargs: Any) -> Response:
        return _commit(lambda uow: view(uow, **kwargs))

    return run


def idempotent(view: View) -> View:
    """Like `transactional`, and `once`."""

    @wraps(view)
    def run(**kwargs: Any) -> Response:
        return once(lambda uow: view(uow, **kwargs))

    return run


def once(work: Callable[[UnitOfWork], Response]) -> Response:
    """Answer this request in one transaction; with an `Idempotency-Key` the first answer is given again (contract 1.9).

    The key is claimed and the answer stored in the transaction of the command itself, so there is never one without
    the other. The same key with another body is refused with 422. Keys belong to a user and an operation.
    """
    command = command_key()
    return _commit(work) if command is None else in_transaction(lambda uow: _once(uow, command, work))


def command_key() -> CommandKey | None:
    """The key this request brings, if it does. Raises BadIdempotencyKey."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= MAX_KEY_LENGTH or not key.isprintable():
        raise BadIdempotencyKey("The Idempotency-Key must have 1 to 255 printable characters.")
    return CommandKey(g.actor.id, f"{request.method} {request.path}", key)


def fingerprint() -> str:
    """What a request that is sent again has in common with the first, and no other one under the same key."""
    # Of a form whoever read it has left one; its body is no longer there.
    return g.get("fingerprint") or hashlib.sha256(request.get_data()).hexdigest()


def kept(answer: Response) -> StoredAnswer:
    """An answer as it is stored under the key of its command."""
    return StoredAnswer(answer.status_code, answer.get_data(as_text=True), answer.headers.get("X-Events", ""))


def tell_events(answer: Response, events: Sequence[Envelope]) -> None:
    """Name the published events in an answer, so that the gateway can wait until their followers have handled them."""
    if events:
        answer.headers["X-Events"] = ",".join(f"{envelope.type}={envelope.id}" for envelope in events)


def _once(uow: UnitOfWork, command: CommandKey, work: Callable[[UnitOfWork], Response]) -> Response:
    mine = fingerprint()
    if not idempotency.claim(uow.connection, {command: mine}):
        return _again(uow, command, mine)
    answer = work(uow)
    tell_events(answer, uow.published)
    idempotency.store(uow.connection, {command: kept(answer)})
    return answer


def _again(uow: UnitOfWork, command: CommandKey, mine: str) -> Response:
    stored = idempotency.stored(uow.connection, command)
    if stored.fingerprint != mine:
        raise IdempotencyKeyReused("This Idempotency-Key was used with another request.")
    answer = Response(stored.body, stored.status, mimetype="application/json")
    answer.headers["Idempotent-Replay"] = "true"
    answer.headers["X-Events"] = stored.events
    return answer


def _commit(work: Callable[[UnitOfWork], Response]) -> Response:
    def run(uow: UnitOfWork) -> Response:
        answer = work(uow)
        tell_events(answer, uow.published)
        return answer

    return in_transaction(run)

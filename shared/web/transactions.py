"""How views reach the database: one transaction for a write, autocommit for a read, and idempotent commands."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

from flask import Response, current_app, g, request
from sqlalchemy import Connection

from shared import idempotency
from shared.context import Context
from shared.db import UnitOfWork, run_transaction
from shared.errors import RuleViolated
from shared.idempotency import CommandKey
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


def request_context() -> Context:
    """The circumstances of this request, for whatever it causes."""
    return Context(
        actor=g.get("actor"),
        request_id=g.request_id,
        traceparent=request.headers.get("traceparent"),
        ip_address=request.headers.get("X-Forwarded-For") or request.remote_addr,
        user_agent=(request.headers.get("User-Agent") or "")[:500] or None,
        request={"method": request.method, "path": request.path},
    )


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
    """Like `transactional`; with an `Idempotency-Key` the first answer is stored and given again (contract 1.9).

    The key is claimed and the answer stored in the transaction of the command itself, so there is never one without
    the other. The same key with another body is refused with 422. Keys belong to a user and an operation.
    """

    @wraps(view)
    def run(**kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return _commit(lambda uow: view(uow, **kwargs))
        if not 0 < len(key) <= MAX_KEY_LENGTH or not key.isprintable():
            raise BadIdempotencyKey("The Idempotency-Key must have 1 to 255 printable characters.")
        return _commit(lambda uow: _once(uow, key, lambda: view(uow, **kwargs)))

    return run


def _once(uow: UnitOfWork, key: str, view: Callable[[], Response]) -> Response:
    command = CommandKey(g.actor.id, f"{request.method} {request.path}", key)
    # Of a form whoever read it has left one; its body is no longer there.
    fingerprint = g.get("fingerprint") or hashlib.sha256(request.get_data()).hexdigest()
    if not idempotency.claim(uow.connection, command, fingerprint):
        return _again(uow, command, fingerprint)
    answer = view()
    body, events = answer.get_data(as_text=True), _events_header(uow)
    idempotency.store(uow.connection, command, status=answer.status_code, body=body, events=events)
    return answer


def _again(uow: UnitOfWork, command: CommandKey, fingerprint: str) -> Response:
    stored = idempotency.stored(uow.connection, command)
    if stored.fingerprint != fingerprint:
        raise IdempotencyKeyReused("This Idempotency-Key was used with another request.")
    answer = Response(stored.body, stored.status, mimetype="application/json")
    answer.headers["Idempotent-Replay"] = "true"
    answer.headers["X-Events"] = stored.events
    return answer


def _commit(work: Callable[[UnitOfWork], Response]) -> Response:
    def run(uow: UnitOfWork) -> Response:
        answer = work(uow)
        if uow.published:
            answer.headers["X-Events"] = _events_header(uow)
        return answer

    return in_transaction(run)


def _events_header(uow: UnitOfWork) -> str:
    return ",".join(f"{envelope.type}={envelope.id}" for envelope in uow.published)

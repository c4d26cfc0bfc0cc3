"""How views reach the database: one transaction for a write, autocommit for a read, and idempotent commands."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from flask import Response, current_app, g, request
from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    bindparam,
    delete,
    func,
    select,
    text,
    tuple_,
    update,
)

from shared.context import Context
from shared.db import UnitOfWork, run_transaction
from shared.errors import RuleViolated
from shared.web.problems import IdempotencyKeyReused

metadata = MetaData()

idempotency = Table(
    "idempotency",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("operation", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("status", Integer),
    Column("body", Text),
    Column("events", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True),
)

MAX_KEY_LENGTH = 255
_OWN = (
    (idempotency.c.user_id == bindparam("p_user_id"))
    & (idempotency.c.operation == bindparam("p_operation"))
    & (idempotency.c.key == bindparam("p_key"))
)
# Waits for a rival with the same key that is still at work, and sees its answer then. Written out, because SQLAlchemy
# compiles an insert with a conflict clause anew each time.
_CLAIM = text(
    """
    INSERT INTO idempotency (user_id, operation, key, fingerprint) VALUES (:user_id, :operation, :key, :fingerprint)
    ON CONFLICT DO NOTHING RETURNING key
    """
)
_STORED = select(idempotency).where(_OWN)
_STORE = update(idempotency).where(_OWN)

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


def forget_answers(connection: Connection, *, before: datetime, batch: int = 5000) -> int:
    """Remove one batch of stored answers made before an instant; returns how many rows went."""
    old = select(idempotency.c.user_id, idempotency.c.operation, idempotency.c.key)
    old = old.where(idempotency.c.created_at < before).limit(batch)
    key = tuple_(idempotency.c.user_id, idempotency.c.operation, idempotency.c.key)
    return connection.execute(delete(idempotency).where(key.in_(old))).rowcount


def _once(uow: UnitOfWork, key: str, view: Callable[[], Response]) -> Response:
    own = {"user_id": g.actor.id, "operation": f"{request.method} {request.path}", "key": key}
    # Of a form whoever read it has left one; its body is no longer there.
    fingerprint = g.get("fingerprint") or hashlib.sha256(request.get_data()).hexdigest()
    found = {f"p_{name}": value for name, value in own.items()}
    if uow.connection.execute(_CLAIM, own | {"fingerprint": fingerprint}).first() is None:
        return _again(uow, found, fingerprint)
    answer = view()
    stored = {"status": answer.status_code, "body": answer.get_data(as_text=True), "events": _events_header(uow)}
    uow.connection.execute(_STORE, found | stored)
    return answer


def _again(uow: UnitOfWork, found: dict[str, Any], fingerprint: str) -> Response:
    stored = uow.connection.execute(_STORED, found).one()
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

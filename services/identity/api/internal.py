"""What the gateway and the other services ask identity. None of it is reachable from outside."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, g, jsonify, request

from services.identity import shapes
from services.identity.api.bodies.internal import CountedRequestsBody
from services.identity.api.dependencies import dependencies
from services.identity.queries.activity import touch
from services.identity.queries.institution import current_settings
from services.identity.queries.requests import add_requests, spend
from services.identity.queries.sessions import account_of_session, revoked_sessions
from shared.clock import now
from shared.db import UnitOfWork
from shared.internal_requests import BadSignature, InternalRequest, verify
from shared.web.auth import SignInRequired, public
from shared.web.schema import load
from shared.web.transactions import reading, transactional

internal = Blueprint("internal", __name__)


def requires_signature(view: Callable[..., Response]) -> Callable[..., Response]:
    """Let a view be called by the gateway, which signs each request. One that changes something has to spend the id of
    the signature, `g.signature_id`, in its transaction."""

    @wraps(view)
    def guarded(**kwargs: Any) -> Response:
        try:
            g.signature_id = verify(
                request.headers.get("Authorization", ""), _as_asked(), dependencies().internal_secret
            )
        except BadSignature as error:
            raise SignInRequired("Authentication is required.") from error
        return view(**kwargs)

    # The guard of every view looks for staff roles, and staff have no business here.
    return public(guarded)


def _as_asked() -> InternalRequest:
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    return InternalRequest(
        caller="gateway",
        called="identity",
        method=request.method,
        target=quote(request.path) + query,
        body=request.get_data(),
    )


@internal.get("/.well-known/jwks.json")
@public
def get_keys() -> Response:
    answer = jsonify(dependencies().tokens.public_key_set)
    answer.cache_control.max_age = 60
    return answer


@internal.get("/internal/revocations")
@requires_signature
def get_revocations() -> Response:
    with reading() as connection:
        rows = revoked_sessions(connection, at=now())
    # Of a user who may no longer act every session was revoked, so no list of users is needed.
    sessions = [{"sid": str(row.session_id), "exp": int(row.access_expires_at.timestamp())} for row in rows]
    return jsonify({"sessions": sessions})


@internal.get("/internal/sessions/<uuid:session_id>")
@requires_signature
def get_session(session_id: UUID) -> Response:
    with reading() as connection:
        account = account_of_session(connection, session_id)
    return jsonify({"active": account is not None})


@internal.post("/internal/requests")
@requires_signature
@transactional
def add_counted_requests(uow: UnitOfWork) -> Response:
    if not spend(uow.connection, g.signature_id):
        raise SignInRequired("This request was made before.")
    counted = load(CountedRequestsBody)
    sums = add_requests(uow.connection, counted["id"], counted["window"], counted["counts"])
    touch(uow.connection, counted["active"], now())
    return jsonify({"counts": sums})


@internal.get("/internal/settings")
@requires_signature
def get_settings() -> Response:
    with reading() as connection:
        institution = current_settings(connection)
    return jsonify({"version": institution.version, "settings": shapes.AllSettings.of(institution)})

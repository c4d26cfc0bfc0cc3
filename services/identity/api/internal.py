"""What the gateway and the other services ask identity. None of it is reachable from outside."""

import hmac
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request
from marshmallow import fields, validate

from services.identity import wire
from services.identity.api.parts import parts
from services.identity.queries.institution import current_settings
from services.identity.queries.requests import add_requests
from services.identity.queries.sessions import account_of_session, revoked_sessions
from shared.clock import now
from shared.db import UnitOfWork
from shared.fields import BodySchema
from shared.web.auth import SignInRequired, public
from shared.web.schema import load
from shared.web.transactions import reading, transactional

internal = Blueprint("internal", __name__)


def requires_secret(view: Callable[..., Response]) -> Callable[..., Response]:
    """Let a view be called with the secret that the gateway and identity share."""

    @wraps(view)
    def guarded(**kwargs: Any) -> Response:
        expected = f"Internal {parts().internal_secret}"
        if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode()):
            raise SignInRequired("Authentication is required.")
        return view(**kwargs)

    # The guard of every view looks for staff roles, and staff have no business here.
    return public(guarded)


class CountedRequestsBody(BodySchema):
    """What one gateway answered in one quarter of an hour since 1970, by person or address."""

    window = fields.Integer(required=True, strict=True)
    counts = fields.Dict(fields.String(), fields.Integer(strict=True, validate=validate.Range(min=1)), required=True)


@internal.get("/.well-known/jwks.json")
@public
def get_keys() -> Response:
    answer = jsonify(parts().tokens.public_key_set)
    answer.cache_control.max_age = 60
    return answer


@internal.get("/internal/revocations")
@requires_secret
def get_revocations() -> Response:
    with reading() as connection:
        rows = revoked_sessions(connection, at=now())
    # A user who may no longer act has had every session revoked, so the list of users stays empty.
    sessions = [{"sid": str(row.id), "exp": int(row.access_expires_at.timestamp())} for row in rows]
    return jsonify({"sessions": sessions, "users": []})


@internal.get("/internal/sessions/<uuid:session_id>")
@requires_secret
def get_session(session_id: UUID) -> Response:
    with reading() as connection:
        account = account_of_session(connection, session_id)
    return jsonify({"active": account is not None})


@internal.post("/internal/requests")
@requires_secret
@transactional
def add_counted_requests(uow: UnitOfWork) -> Response:
    counted = load(CountedRequestsBody)
    return jsonify({"counts": add_requests(uow.connection, counted["window"], counted["counts"])})


@internal.get("/internal/settings")
@requires_secret
def get_settings() -> Response:
    with reading() as connection:
        institution = current_settings(connection)
    return jsonify({"version": institution.version, "settings": wire.all_settings(institution)})

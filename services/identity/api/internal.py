"""What the gateway and the other services ask identity. None of it is reachable from outside."""

import hmac
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request

from services.identity import queries
from services.identity.api.parts import parts
from shared.clock import now
from shared.web.auth import SignInRequired, public
from shared.web.transactions import reading

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
        rows = queries.revoked_sessions(connection, at=now())
    # A user who may no longer act has had every session revoked, so the list of users stays empty.
    sessions = [{"sid": str(row.id), "exp": int(row.access_expires_at.timestamp())} for row in rows]
    return jsonify({"sessions": sessions, "users": []})


@internal.get("/internal/sessions/<uuid:session_id>")
@requires_secret
def get_session(session_id: UUID) -> Response:
    with reading() as connection:
        account = queries.account_of_session(connection, session_id)
    return jsonify({"active": account is not None})

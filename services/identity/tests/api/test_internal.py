from datetime import timedelta
from uuid import uuid4

import jwt
import pytest

from services.identity.tests.conftest import LIFETIMES, TOKENS, begin
from services.identity.usecases.sessions import end_session
from shared.clock import now
from shared.testing import INTERNAL_SECRET

INTERNAL = {"Authorization": f"Internal {INTERNAL_SECRET}"}


def test_the_published_keys_verify_what_identity_signs(client, officer):
    keys = jwt.PyJWKSet.from_dict(client.get("/.well-known/jwks.json").json)
    token = officer.headers["Authorization"].removeprefix("Bearer ")
    key = keys[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, key, algorithms=["EdDSA"], audience="millenium-potters")["sub"] == str(officer.id)


def test_revocations_name_the_sessions_whose_tokens_could_still_live(client, officer, work, a_user):
    user = a_user()
    with work() as uow:
        _, long_ago = begin(uow, user, at=now() - LIFETIMES.access - timedelta(minutes=1))
        end_session(uow, session_id=long_ago.session_id, at=now())
    client.post("/auth/logout", headers=officer.headers)
    revoked = client.get("/internal/revocations", headers=INTERNAL).json
    claims = TOKENS.read(officer.headers["Authorization"].removeprefix("Bearer "), "access")
    assert revoked == {"sessions": [{"sid": str(officer.actor.session_id), "exp": claims["exp"]}], "users": []}


def test_a_session_is_active_until_it_is_revoked(client, officer):
    path = f"/internal/sessions/{officer.actor.session_id}"
    assert client.get(path, headers=INTERNAL).json == {"active": True}
    client.post("/auth/logout", headers=officer.headers)
    assert client.get(path, headers=INTERNAL).json == {"active": False}
    assert client.get(f"/internal/sessions/{uuid4()}", headers=INTERNAL).json == {"active": False}


@pytest.mark.parametrize("path", ["/internal/revocations", f"/internal/sessions/{uuid4()}"])
def test_staff_and_strangers_have_no_business_there(client, admin, path):
    for headers in ({}, admin.headers, {"Authorization": "Internal guess"}, {"Authorization": "Internal ä"}):
        assert client.get(path, headers=headers).status_code == 401


def test_what_gateways_counted_is_summed_up(client):
    def count(window, **counts):
        answer = client.post("/internal/requests", json={"window": window, "counts": counts}, headers=INTERNAL)
        return answer.json["counts"]

    assert count(7, a=2, b=1) == {"a": 2, "b": 1}
    assert count(7, a=3) == {"a": 5}
    assert count(8, a=1) == {"a": 1}


@pytest.mark.parametrize("body", [{}, {"window": 1, "counts": {"a": -1}}, {"window": 1, "counts": {"a": "x"}}])
def test_counts_that_are_none_are_refused(client, body):
    assert client.post("/internal/requests", json=body, headers=INTERNAL).status_code == 400
    assert client.post("/internal/requests", json=body).status_code == 401

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import jwt
import pytest
from sqlalchemy import select, update

from services.identity.models import RequestCount, SpentId, User
from services.identity.queries.retention import remove_expired
from services.identity.tests.conftest import LIFETIMES, TOKENS, begin, signed
from services.identity.usecases.sessions import end_session
from shared.clock import now
from shared.internal_requests import InternalRequest, sign
from shared.testing import INTERNAL_SECRET

COUNT = "/internal/requests"
CLAIMS = ("iss", "aud", "iat", "exp", "jti", "htm", "htu", "sha256")
# Of this quarter of an hour, so that the worker does not forget it.
WINDOW = int(now().timestamp()) // 900


def get(client, path):
    return client.get(path, headers=signed(path)).json


def counts(batch_id=None, **counts):
    return json.dumps({"id": str(batch_id or uuid4()), "window": WINDOW, "counts": counts}).encode()


def post(client, body, headers=None):
    headers = signed(COUNT, "POST", body) if headers is None else headers
    return client.post(COUNT, data=body, headers=headers, content_type="application/json")


def counted(sessions):
    with sessions() as session:
        return {row.key: row.number for row in session.scalars(select(RequestCount))}


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
    claims = TOKENS.claims_of(officer.headers["Authorization"].removeprefix("Bearer "), "access")
    session = {"sid": str(officer.actor.session_id), "exp": claims["exp"]}
    assert get(client, "/internal/revocations") == {"sessions": [session]}


def test_a_session_is_active_until_it_is_revoked(client, officer):
    path = f"/internal/sessions/{officer.actor.session_id}"
    assert get(client, path) == {"active": True}
    client.post("/auth/logout", headers=officer.headers)
    assert get(client, path) == {"active": False}
    assert get(client, f"/internal/sessions/{uuid4()}") == {"active": False}


@pytest.mark.parametrize("path", ["/internal/revocations", f"/internal/sessions/{uuid4()}", "/internal/settings"])
def test_staff_and_strangers_have_no_business_there(client, admin, path):
    for headers in ({}, admin.headers, {"Authorization": "Internal guess"}, {"Authorization": "Internal ä"}):
        answer = client.get(path, headers=headers)
        assert (answer.status_code, answer.json["success"]) == (401, False)


@pytest.mark.parametrize("path", ["/internal/revocations", f"/internal/sessions/{uuid4()}", "/internal/settings"])
def test_knowing_the_secret_is_not_enough_without_a_signature(client, path):
    assert client.get(path, headers={"Authorization": f"Internal {INTERNAL_SECRET}"}).status_code == 401


def test_a_signature_opens_one_address_as_it_was_asked(client, officer):
    path = f"/internal/sessions/{officer.actor.session_id}"
    assert client.get(path, headers=signed(path)).status_code == 200
    assert client.get(f"{path}?a=1", headers=signed(f"{path}?a=1")).status_code == 200
    for asked, was_signed in (
        (f"/internal/sessions/{uuid4()}", path),
        ("/internal/settings", path),
        (f"{path}?a=1", path),
        (path, f"{path}?a=1"),
        (f"{path}?a=2", f"{path}?a=1"),
    ):
        assert client.get(asked, headers=signed(was_signed)).status_code == 401
    assert client.head(path, headers=signed(path)).status_code == 401


def _by(secret=INTERNAL_SECRET, **change):
    """Makes the header of somebody who differs from the gateway in one thing."""
    facts = {"caller": "gateway", "called": "identity", "method": "POST", "target": COUNT} | change
    return lambda body: {"Authorization": sign(InternalRequest(**{"body": body} | facts), secret, at=now())}


def _signed_by_hand(secret=INTERNAL_SECRET, algorithm="HS256", without=""):
    """Makes the header that the gateway would send, signed in another way or with one claim less."""

    def headers(body):
        token = signed(COUNT, "POST", body)["Authorization"].removeprefix("Internal ")
        claims = jwt.decode(token, options={"verify_signature": False})
        claims.pop(without, None)
        return {"Authorization": f"Internal {jwt.encode(claims, secret, algorithm)}"}

    return headers


FORGED = {
    "another method": _by(method="PUT"),
    "another path": _by(target="/internal/settings"),
    "another query": _by(target=f"{COUNT}?a=1"),
    "another body": _by(body=b"{}"),
    "no body": _by(body=b""),
    "another caller": _by(caller="lending"),
    "for another service": _by(called="lending"),
    "another secret": _by(secret=INTERNAL_SECRET[::-1]),
    "no algorithm": _signed_by_hand(secret="", algorithm="none"),
    "a minute ago": lambda body: signed(COUNT, "POST", body, at=now() - timedelta(seconds=61)),
    "a minute ahead": lambda body: signed(COUNT, "POST", body, at=now() + timedelta(seconds=60)),
    "the bare secret": lambda _: {"Authorization": f"Internal {INTERNAL_SECRET}"},
    "nothing": lambda _: {},
    **{f"without {claim}": _signed_by_hand(without=claim) for claim in CLAIMS},
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_what_the_gateway_has_not_signed_like_this_and_just_now_counts_nothing(client, sessions, forge):
    body = counts(a=1)
    answer = post(client, body, forge(body))
    assert (answer.status_code, answer.json["success"]) == (401, False)
    assert counted(sessions) == {}
    assert post(client, body).status_code == 200
    assert counted(sessions) == {"a": 1}


def test_what_gateways_counted_is_summed_up(client):
    assert post(client, counts(a=2, b=1)).json == {"counts": {"a": 2, "b": 1}}
    assert post(client, counts(a=3)).json == {"counts": {"a": 5}}
    other = json.dumps({"id": str(uuid4()), "window": WINDOW + 1, "counts": {"a": 1}}).encode()
    assert post(client, other).json == {"counts": {"a": 1}}


def test_who_asked_something_is_known_to_be_active_to_within_a_minute(client, sessions, officer, supervisor):
    def tell_active():
        batch = {"id": str(uuid4()), "window": WINDOW, "counts": {}, "active": [str(officer.id), str(uuid4())]}
        assert post(client, json.dumps(batch).encode()).status_code == 200

    def active_at():
        with sessions() as session:
            seen = dict(session.execute(select(User.id, User.last_activity_at)).tuples().all())
        return seen[officer.id], seen[supervisor.id]

    before = active_at()
    with sessions.begin() as session:
        session.execute(update(User).values(last_activity_at=now() - timedelta(seconds=61)))
    tell_active()
    once = active_at()
    assert once[0] > now() - timedelta(seconds=30) > once[1]
    tell_active()
    assert active_at() == once != before


def test_a_request_that_comes_again_is_refused_and_counted_once(client, sessions):
    body = counts(a=2)
    headers = signed(COUNT, "POST", body)
    assert [post(client, body, headers).status_code for _ in range(3)] == [200, 401, 401]
    assert counted(sessions) == {"a": 2}


def test_of_twenty_that_use_a_signature_at_once_one_counts(app, sessions):
    body = counts(a=2)
    headers = signed(COUNT, "POST", body)
    with ThreadPoolExecutor(20) as threads:
        statuses = list(threads.map(lambda _: post(app.test_client(), body, headers).status_code, range(20)))
    assert sorted(statuses) == [200] + [401] * 19
    assert counted(sessions) == {"a": 2}


def test_counts_whose_answer_was_lost_are_told_again_and_counted_once(client, sessions):
    body = counts(a=2, b=1)
    assert post(client, body).json == post(client, body).json == {"counts": {"a": 2, "b": 1}}
    assert counted(sessions) == {"a": 2, "b": 1}


def test_what_was_spent_is_remembered_longer_than_a_signature_lives_and_not_for_ever(client, sessions):
    body = counts(a=2)
    post(client, body)
    with sessions.begin() as session:
        remove_expired(session.connection(), at=now() + timedelta(minutes=30), sessions_kept=timedelta(days=180))
        assert len(session.scalars(select(SpentId)).all()) == 2
        remove_expired(session.connection(), at=now() + timedelta(minutes=61), sessions_kept=timedelta(days=180))
        assert session.scalars(select(SpentId)).all() == []


@pytest.mark.parametrize(
    "change", [{"id": None}, {"id": "x"}, {"window": "x"}, {"counts": {"a": -1}}, {"counts": {"a": "x"}}], ids=str
)
def test_counts_that_are_none_are_refused(client, sessions, change):
    body = json.dumps(json.loads(counts(a=1)) | change).encode()
    headers = signed(COUNT, "POST", body)
    assert [post(client, body, headers).status_code for _ in range(2)] == [400, 400]
    assert counted(sessions) == {}

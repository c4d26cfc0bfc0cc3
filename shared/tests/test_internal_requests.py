import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import jwt
import pytest

from shared.clock import now
from shared.internal_requests import SCHEME, BadSignature, InternalRequest, sign, verify

SECRET = "only-for-tests-0123456789abcdef-0123"
ASKED = InternalRequest(caller="gateway", called="identity", method="POST", target="/internal/x?a=1", body=b'{"b":2}')


def by_hand(secret=SECRET, algorithm="HS256", without="", **changes):
    """A signature with claims of one's own choice."""
    seconds = int(now().timestamp())
    claims = {**ASKED.claims, "iat": seconds, "exp": seconds + 60, "jti": str(uuid4())} | changes
    claims.pop(without, None)
    # Not by `jwt.encode`, which keeps its user from writing nonsense.
    return f"{SCHEME} {jwt.PyJWS().encode(json.dumps(claims).encode(), secret, algorithm)}"


def test_what_was_signed_is_what_is_asked():
    one, other = (verify(sign(ASKED, SECRET, at=now()), ASKED, SECRET) for _ in range(2))
    assert one != other
    assert verify(by_hand(), ASKED, SECRET)


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"target": "/internal/y?a=1"},
        {"target": "/internal/x"},
        {"target": "/internal/x?a=1&a=1"},
        {"body": b'{"b":3}'},
        {"body": b""},
        {"caller": "lending"},
        {"called": "lending"},
    ],
    ids=str,
)
def test_a_signature_is_good_for_one_request_only(change):
    with pytest.raises(BadSignature):
        verify(sign(ASKED, SECRET, at=now()), replace(ASKED, **change), SECRET)


def test_a_signature_lives_for_a_minute_however_long_its_maker_wanted():
    # The caller's clock may be behind, or half a minute ahead.
    for age in (55, -25):
        assert verify(sign(ASKED, SECRET, at=now() - timedelta(seconds=age)), ASKED, SECRET)
    for age in (61, 3600, -60):
        with pytest.raises(BadSignature):
            verify(sign(ASKED, SECRET, at=now() - timedelta(seconds=age)), ASKED, SECRET)
    seconds = int(now().timestamp())
    with pytest.raises(BadSignature):
        verify(by_hand(iat=seconds - 61, exp=seconds + 3600), ASKED, SECRET)


@pytest.mark.parametrize("claim", ["iss", "aud", "htm", "htu", "sha256", "iat", "exp", "jti"])
def test_every_claim_is_needed(claim):
    with pytest.raises(BadSignature):
        verify(by_hand(without=claim), ASKED, SECRET)


@pytest.mark.parametrize("claim", ["iss", "aud", "htm", "htu", "sha256", "iat", "exp", "jti"])
@pytest.mark.parametrize("value", [None, "", "x", [], ["identity", "x"], {}, -1], ids=str)
def test_a_claim_of_nonsense_is_a_refusal(claim, value):
    with pytest.raises(BadSignature):
        verify(by_hand(**{claim: value}), ASKED, SECRET)


def test_only_the_secret_and_the_one_algorithm_count():
    long_secret = SECRET * 2
    for forged, secret in (
        (by_hand(secret=SECRET[::-1]), SECRET),
        (by_hand(secret="", algorithm="none"), SECRET),
        (by_hand(secret=long_secret, algorithm="HS512"), long_secret),
    ):
        with pytest.raises(BadSignature):
            verify(forged, ASKED, secret)


@pytest.mark.parametrize(
    "header", ["", "Internal", "Internal ", f"Internal {SECRET}", f"Bearer {SECRET}", "Internal ä.b.c"]
)
def test_what_is_no_signature_is_refused(header):
    with pytest.raises(BadSignature):
        verify(header, ASKED, SECRET)


def test_a_signature_under_another_scheme_is_refused():
    with pytest.raises(BadSignature):
        verify(sign(ASKED, SECRET, at=now()).replace(SCHEME, "Bearer"), ASKED, SECRET)

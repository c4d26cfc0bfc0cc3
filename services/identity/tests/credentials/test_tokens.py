import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import OKPAlgorithm

from services.identity.credentials.keys import new_signing_key
from services.identity.credentials.tokens import TokenRefused, TokenSigner
from services.identity.domain.token import Grant, Purpose, access_claims, refresh_claims
from shared.clock import now
from shared.context import Role
from shared.settings import BadSettings

KEYS = new_signing_key()
SIGNER = TokenSigner(json.dumps(KEYS))


def a_grant(email="ada@example.org", issued_at=None):
    at = issued_at or now()
    return Grant(
        user_id=UUID(int=1),
        email=email,
        role=Role.ADMIN,
        session_id=UUID(int=2),
        rotation=0,
        issued_at=at,
        access_expires_at=at + timedelta(days=7),
        refresh_expires_at=at + timedelta(days=30),
    )


def parts(token):
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def test_what_was_signed_can_be_read():
    claims = access_claims(a_grant())
    assert SIGNER.claims_of(SIGNER.sign(claims), Purpose.ACCESS).items() >= claims.items()


@given(email=st.text(st.characters(min_codepoint=1, max_codepoint=0x2FF), max_size=60))
def test_claims_survive_a_client_that_decodes_them_with_plain_base64(email):
    payload = SIGNER.sign(access_claims(a_grant(email))).split(".")[1]
    assert not set(payload) & set("-_")
    assert json.loads(base64.b64decode(payload + "=="))["email"] == email


def test_purposes_do_not_mix():
    access = SIGNER.sign(access_claims(a_grant()))
    refresh = SIGNER.sign(refresh_claims(a_grant()))
    with pytest.raises(TokenRefused):
        SIGNER.claims_of(access, Purpose.REFRESH)
    with pytest.raises(TokenRefused):
        SIGNER.claims_of(refresh, Purpose.ACCESS)


def test_an_expired_token_is_read_only_by_who_says_so():
    expired = SIGNER.sign(access_claims(a_grant(issued_at=datetime(2026, 1, 1, tzinfo=UTC))))
    with pytest.raises(TokenRefused):
        SIGNER.claims_of(expired, Purpose.ACCESS)
    assert SIGNER.claims_of(expired, Purpose.ACCESS, expired_too=True)["sid"] == str(UUID(int=2))


def test_a_new_key_signs_and_the_old_one_is_still_believed():
    newer = new_signing_key()
    rotated = TokenSigner(json.dumps({"keys": newer["keys"] + KEYS["keys"]}))
    old = SIGNER.sign(access_claims(a_grant()))
    new = rotated.sign(access_claims(a_grant()))
    assert parts(new)[0]["kid"] == newer["keys"][0]["kid"]
    assert rotated.claims_of(old, Purpose.ACCESS)
    assert rotated.claims_of(new, Purpose.ACCESS)
    with pytest.raises(TokenRefused):
        SIGNER.claims_of(new, Purpose.ACCESS)


def test_no_private_half_is_published():
    assert [set(key) for key in SIGNER.public_key_set["keys"]] == [{"kty", "crv", "x", "kid", "use", "alg"}]


CLAIMS = {"iss": "millenium-potters", "aud": "millenium-potters", **access_claims(a_grant())}
OURS, STRANGERS = OKPAlgorithm.from_jwk(KEYS["keys"][0]), Ed25519PrivateKey.generate()
KID = KEYS["keys"][0]["kid"]


def encoded(part):
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def signed(key=OURS, headers=None, **changes):
    said = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    return jwt.encode(said, key, algorithm="EdDSA", headers={"kid": KID} if headers is None else headers)


def signed_with_the_public_key():
    header = {"alg": "HS256", "typ": "JWT", "kid": KID}
    said = ".".join(encoded(json.dumps(part).encode()) for part in (header, CLAIMS))
    public = json.dumps(SIGNER.public_key_set["keys"][0]).encode()
    return f"{said}.{encoded(hmac.new(public, said.encode(), hashlib.sha256).digest())}"


FORGED = {
    "no algorithm": jwt.encode(CLAIMS, None, algorithm="none", headers={"kid": KID}),
    "signed with the public key": signed_with_the_public_key(),
    "a stranger's key": signed(STRANGERS),
    "a key in the header": signed(
        STRANGERS, {"kid": KID, "jwk": OKPAlgorithm.to_jwk(STRANGERS.public_key(), as_dict=True)}
    ),
    "a path as key": signed(headers={"kid": "../../etc/passwd"}),
    "no key": signed(headers={}),
    "another audience": signed(aud="elsewhere"),
    "another issuer": signed(iss="elsewhere"),
    "from the future": signed(iat=CLAIMS["iat"] + 3600),
    "expired a moment ago": signed(exp=CLAIMS["iat"] - 1),
    "longer than ours": signed(email="x" * 4000),
} | {
    f"without {claim}": signed(**{claim: None}) for claim in ("exp", "iat", "sub", "sid", "jwtId", "typ", "aud", "iss")
}


def test_the_forger_of_these_tests_can_sign_as_we_do():
    assert SIGNER.claims_of(signed(), Purpose.ACCESS)


@pytest.mark.parametrize("seconds", [-300, 300])
def test_a_clock_that_was_five_minutes_off_when_it_was_signed_signs_nobody_out(seconds):
    assert SIGNER.claims_of(signed(iat=int(time.time()) + seconds), Purpose.ACCESS)


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED)
def test_what_we_did_not_sign_for_this_is_refused(token):
    with pytest.raises(TokenRefused):
        SIGNER.claims_of(token, Purpose.ACCESS)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "ä.ö.ü", "." * 100, "x" * 5000])
def test_garbage_is_refused(token):
    with pytest.raises(TokenRefused):
        SIGNER.claims_of(token, Purpose.ACCESS)


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param("", id="nothing"),
        pytest.param("{}", id="no set"),
        pytest.param('{"keys": []}', id="an empty set"),
        pytest.param(json.dumps(SIGNER.public_key_set), id="public keys"),
        pytest.param('{"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "1"}]}', id="a shared secret"),
        pytest.param('{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"}]}', id="a key without a name"),
    ],
)
def test_a_key_set_that_cannot_sign_keeps_the_service_from_starting(keys):
    with pytest.raises(BadSettings, match="IDENTITY_SIGNING_KEYS"):
        TokenSigner(keys)

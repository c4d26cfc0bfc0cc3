import json
import stat
import time
from datetime import timedelta
from uuid import UUID

import jwt
import orjson
import pytest

from services.identity.__main__ import SERVICE
from services.identity.credentials.keys import PUBLISHED_AHEAD, KeySet, new_signing_key, rotate_file, rotated
from services.identity.credentials.tokens import TokenRefused, TokenSigner
from services.identity.domain.token import Grant, Purpose, access_claims
from shared.cli import main
from shared.clock import now
from shared.context import Role
from shared.settings import BadSettings
from shared.tokens import InvalidToken, TokenVerifier

LIFE = timedelta(days=30)
AHEAD = PUBLISHED_AHEAD.total_seconds()


def kids(key_set):
    return [key["kid"] for key in key_set["keys"]]


def a_grant():
    at = now()
    return Grant(
        user_id=UUID(int=1),
        email="ada@example.org",
        role=Role.ADMIN,
        session_id=UUID(int=2),
        rotation=0,
        issued_at=at,
        access_expires_at=at + timedelta(days=7),
        refresh_expires_at=at + LIFE,
    )


def signed_by(token):
    return jwt.get_unverified_header(token)["kid"]


def test_a_new_key_is_published_at_once_and_signs_when_everybody_can_know_it():
    old = new_signing_key()
    key_set = rotated(json.dumps(old), now=1000.0, longest_life=LIFE)
    newer, older = kids(key_set)
    assert older == kids(old)[0]
    keys = KeySet(json.dumps(key_set))
    assert kids({"keys": keys.living(1000.0, LIFE)}) == [newer, older]
    assert (keys.signing(1000.0), keys.signing(1000.0 + AHEAD - 1)) == (older, older)
    assert keys.signing(1000.0 + AHEAD) == newer


def test_a_key_is_believed_until_the_last_token_it_can_have_signed_has_expired():
    key_set = rotated(json.dumps(new_signing_key()), now=1000.0, longest_life=LIFE)
    keys = KeySet(json.dumps(key_set))
    last = 1000.0 + AHEAD + LIFE.total_seconds()
    assert len(keys.living(last - 1, LIFE)) == 2
    assert len(keys.living(last, LIFE)) == 1
    assert len(rotated(json.dumps(key_set), now=last, longest_life=LIFE)["keys"]) == 2
    assert len(rotated(json.dumps(key_set), now=last - 1, longest_life=LIFE)["keys"]) == 3


def test_a_key_that_does_not_sign_yet_is_not_replaced():
    key_set = json.dumps(rotated(json.dumps(new_signing_key()), now=1000.0, longest_life=LIFE))
    with pytest.raises(BadSettings, match="not in use yet"):
        rotated(key_set, now=1000.0 + AHEAD - 1, longest_life=LIFE)


def test_the_files_are_replaced_as_a_whole_and_the_private_one_is_for_its_owner(tmp_path):
    private, public = tmp_path / "keys.json", tmp_path / "jwks.json"
    private.write_text(json.dumps(new_signing_key()))
    before = private.stat().st_ino
    renewed = rotate_file(private, public, now=1000.0, longest_life=LIFE)
    assert json.loads(private.read_text()) == renewed
    assert private.stat().st_ino != before
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert kids(json.loads(public.read_text())) == kids(renewed)
    assert not any("d" in key for key in json.loads(public.read_text())["keys"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jwks.json", "keys.json"]


class Clock:
    """The time now, and so much later."""

    later = 0.0

    def __call__(self):
        return time.time() + self.later


@pytest.fixture
def rotate(tmp_path, monkeypatch):
    """Renews the keys in a file as an operator does."""
    private, public = tmp_path / "keys.json", tmp_path / "jwks.json"
    private.write_text(json.dumps(new_signing_key()))
    public.write_text("{}")
    monkeypatch.setenv("IDENTITY_SIGNING_KEYS_FILE", str(private))
    monkeypatch.setenv("JWKS_URL", public.as_uri())

    def run():
        main(SERVICE, ["rotate-keys"])

    run.private, run.public = private, public
    return run


def test_keys_are_renewed_under_those_who_use_them_and_nobody_is_signed_out(rotate, monkeypatch, capsys):
    clock = Clock()
    signer = TokenSigner(rotate.private.read_text(), file=rotate.private, longest_life=LIFE, clock=clock)
    verifier = TokenVerifier("identity", lambda _: orjson.dumps(signer.public_key_set))
    old = signer.sign(access_claims(a_grant()))
    assert verifier.claims(old)
    rotate()
    newer, older = kids(json.loads(rotate.private.read_text()))
    assert newer in capsys.readouterr().out
    assert kids(json.loads(rotate.public.read_text())) == [newer, older]
    monkeypatch.setattr(signer, "_next_look", 0.0)
    assert kids(signer.public_key_set) == [newer, older]
    assert signed_by(signer.sign(access_claims(a_grant()))) == older
    clock.later = AHEAD
    new = signer.sign(access_claims(a_grant()))
    assert signed_by(new) == newer
    # Whoever verifies fetched the keys before there were two, and fetches them again for the one it does not know.
    monkeypatch.setattr("shared.tokens._REFETCH_SECONDS", 0.0)
    assert verifier.claims(new)
    assert verifier.claims(old)
    assert signer.claims_of(old, Purpose.ACCESS)
    clock.later = AHEAD + LIFE.total_seconds() + 1
    assert kids(signer.public_key_set) == [newer]


def test_renewing_twice_in_a_row_says_why_not(rotate):
    rotate()
    with pytest.raises(SystemExit, match=r"identity: The newest key is not in use yet; try again in a minute\."):
        rotate()


def test_without_a_file_there_is_nothing_to_renew(monkeypatch):
    monkeypatch.delenv("IDENTITY_SIGNING_KEYS_FILE", raising=False)
    with pytest.raises(SystemExit, match="identity: IDENTITY_SIGNING_KEYS_FILE is missing"):
        main(SERVICE, ["rotate-keys"])


def test_a_broken_file_leaves_the_keys_as_they_are(rotate, monkeypatch):
    signer = TokenSigner(rotate.private.read_text(), file=rotate.private)
    token = signer.sign(access_claims(a_grant()))
    for content in ("", "{}", '{"keys": [{"kid": "1"}]}'):
        rotate.private.write_text(content)
        monkeypatch.setattr(signer, "_next_look", 0.0)
        assert signer.claims_of(token, Purpose.ACCESS)


def test_a_withdrawn_key_is_forgotten_by_who_verifies(monkeypatch):
    first, second = TokenSigner(json.dumps(new_signing_key())), TokenSigner(json.dumps(new_signing_key()))
    published = [first]
    verifier = TokenVerifier("identity", lambda _: orjson.dumps(published[0].public_key_set))
    token = first.sign(access_claims(a_grant()))
    assert verifier.claims(token)
    published[0] = second
    assert verifier.claims(token)
    monkeypatch.setattr("shared.tokens._MAX_AGE_SECONDS", 0.0)
    with pytest.raises(InvalidToken):
        verifier.claims(token)
    with pytest.raises(TokenRefused):
        second.claims_of(token, Purpose.ACCESS)

"""Tokens nobody asked for cost no cryptography and no memory."""

import secrets
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from shared.context import Role
from shared.testing import SigningKey, an_actor
from shared.tokens import MAX_TOKEN_BYTES, InvalidToken, TokenVerifier


def test_tokens_that_are_refused_are_not_remembered(signing_key: SigningKey) -> None:
    verifier, good = TokenVerifier(signing_key.jwks_url), signing_key.token(an_actor(Role.ADMIN))
    head = good.rpartition(".")[0]
    for _ in range(1000):
        with pytest.raises(InvalidToken):
            verifier.claims(f"{head}.{secrets.token_urlsafe(64)}")
    assert len(verifier._verdicts) == 0


def test_what_is_remembered_has_a_bound(signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.tokens._CACHE_SIZE", 5)
    verifier = TokenVerifier(signing_key.jwks_url)
    for _ in range(20):
        assert verifier.claims(signing_key.token(an_actor(Role.CREDIT_OFFICER)))
    assert len(verifier._verdicts) == 5


@pytest.mark.parametrize("seconds", [-300, 300])
def test_a_service_whose_clock_is_five_minutes_off_believes_who_just_signed_in(
    signing_key: SigningKey, seconds: int
) -> None:
    verifier, issued_at = TokenVerifier(signing_key.jwks_url), int(time.time()) + seconds
    fresh = signing_key.token(an_actor(Role.ADMIN), iat=issued_at, exp=issued_at + 3600)
    assert verifier.claims(fresh)["iat"] == issued_at


def test_no_leeway_prolongs_a_token(signing_key: SigningKey) -> None:
    verifier = TokenVerifier(signing_key.jwks_url)
    with pytest.raises(InvalidToken):
        verifier.claims(signing_key.token(an_actor(Role.ADMIN), exp=int(time.time()) - 1))


def test_a_token_longer_than_any_of_ours_is_not_looked_at(signing_key: SigningKey) -> None:
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        return Path(urlsplit(url).path).read_bytes()

    verifier = TokenVerifier(signing_key.jwks_url, fetch)
    long = signing_key.token(an_actor(Role.ADMIN)).ljust(MAX_TOKEN_BYTES + 1, "A")
    with pytest.raises(InvalidToken, match="too long"):
        verifier.claims(long)
    assert not asked

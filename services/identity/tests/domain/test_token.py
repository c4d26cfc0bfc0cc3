from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.identity.domain.session import Lifetimes
from services.identity.domain.token import Grant, access_claims, refresh_claims
from shared.context import Role

LIFETIMES = Lifetimes(timedelta(days=7), timedelta(days=30))
GRANT = Grant(UUID(int=1), "ada@example.org", Role.ADMIN, UUID(int=2), 3, datetime(2026, 3, 11, tzinfo=UTC))


def test_an_access_token_names_the_user_in_both_words_and_lives_as_long_as_it_should():
    claims = access_claims(GRANT, LIFETIMES)
    assert claims["sub"] == claims["userId"] == str(GRANT.user_id)
    assert (claims["email"], claims["role"], claims["typ"]) == ("ada@example.org", "ADMIN", "access")
    assert claims["sid"] == str(GRANT.session_id)
    assert claims["exp"] - claims["iat"] == 7 * 86400


def test_a_refresh_token_says_which_one_it_is_and_nothing_about_the_person():
    claims = refresh_claims(GRANT, LIFETIMES)
    assert (claims["typ"], claims["rotation"], claims["exp"] - claims["iat"]) == ("refresh", 3, 30 * 86400)
    assert not {"email", "role"} & claims.keys()


def test_the_same_grant_makes_the_same_tokens_and_another_makes_others():
    again, next_one = replace(GRANT), replace(GRANT, rotation=4)
    assert access_claims(again, LIFETIMES) == access_claims(GRANT, LIFETIMES)
    tokens = [
        claims(grant, LIFETIMES)["jwtId"] for claims in (access_claims, refresh_claims) for grant in (GRANT, next_one)
    ]
    assert len(set(tokens)) == 4

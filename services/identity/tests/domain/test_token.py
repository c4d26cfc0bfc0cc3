from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.identity.domain.token import Grant, access_claims, refresh_claims
from shared.context import Role

AT = datetime(2026, 3, 11, tzinfo=UTC)
GRANT = Grant(
    user_id=UUID(int=1),
    email="ada@example.org",
    role=Role.ADMIN,
    session_id=UUID(int=2),
    rotation=3,
    issued_at=AT,
    access_expires_at=AT + timedelta(days=7),
    refresh_expires_at=AT + timedelta(days=30),
)


def test_an_access_token_names_the_user_in_both_words_and_lives_as_long_as_it_should():
    claims = access_claims(GRANT)
    assert claims["sub"] == claims["userId"] == str(GRANT.user_id)
    assert (claims["email"], claims["role"], claims["typ"]) == ("ada@example.org", "ADMIN", "access")
    assert claims["sid"] == str(GRANT.session_id)
    assert claims["exp"] - claims["iat"] == 7 * 86400


def test_a_refresh_token_says_which_one_it_is_and_nothing_about_the_person():
    claims = refresh_claims(GRANT)
    assert (claims["typ"], claims["rotation"], claims["exp"] - claims["iat"]) == ("refresh", 3, 30 * 86400)
    assert not {"email", "role"} & claims.keys()


def test_the_same_grant_makes_the_same_tokens_and_another_makes_others():
    again, next_one = replace(GRANT), replace(GRANT, rotation=4)
    assert access_claims(again) == access_claims(GRANT)
    tokens = [claims(grant)["jwtId"] for claims in (access_claims, refresh_claims) for grant in (GRANT, next_one)]
    assert len(set(tokens)) == 4


def test_who_acts_as_somebody_else_and_who_must_change_a_password_say_so_in_every_request():
    plain = access_claims(GRANT)
    assert not {"imp", "changePassword"} & plain.keys()
    marked = access_claims(replace(GRANT, impersonator_id=UUID(int=9), must_change_password=True))
    assert marked == plain | {"imp": str(UUID(int=9)), "changePassword": True}

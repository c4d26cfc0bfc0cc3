from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.identity.domain.proof import Proof
from services.identity.models import AttemptCount
from services.identity.steps.attempts import (
    Attempt,
    TooManyAttempts,
    check_may_guess,
    check_may_try,
    count_request,
    count_wrong_guess,
)
from services.identity.steps.sessions import SignedIn
from services.identity.tests.conftest import AT, LIFETIMES, PASSWORD_HASH, notices
from services.identity.usecases.sign_in import InvalidCredentials, SignInPolicy, sign_in_with_password
from shared.context import Context
from shared.db import unit_of_work

HOME, CAFE = "41.58.1.2", "102.89.3.4"
POLICY = SignInPolicy(LIFETIMES, 3, failures_per_network=40)


@pytest.fixture
def attempt(sessions):
    """Tries a password from an address, in a transaction of its own; whether it was judged, and how."""

    def try_once(email, user=None, *, address=CAFE, at=AT):
        proof = Proof(user_id=user.id, password_hash=PASSWORD_HASH) if user else None
        with unit_of_work(sessions, "identity", Context(ip_address=address)) as uow:
            try:
                outcome = sign_in_with_password(uow, email=email, proof=proof, policy=POLICY, is_remembered=True, at=at)
            except TooManyAttempts as refusal:
                return refusal
        return outcome

    return try_once


def kinds(outcomes):
    return [type(outcome) for outcome in outcomes]


def test_after_ten_failures_even_the_right_password_is_not_judged(attempt, a_user):
    user = a_user()
    assert set(kinds(attempt(user.email) for _ in range(10))) == {InvalidCredentials}
    refusal = attempt(user.email, user)
    assert isinstance(refusal, TooManyAttempts)
    assert refusal.retry_after == 60
    assert isinstance(attempt(user.email, user, at=AT + timedelta(seconds=60)), SignedIn)


def test_of_many_guesses_at_once_only_as_many_are_judged_as_are_allowed(attempt, a_user):
    user = a_user()
    with ThreadPoolExecutor(10) as pool:
        outcomes = kinds(pool.map(lambda _: attempt(user.email), range(30)))
    assert outcomes.count(InvalidCredentials) == 10
    assert outcomes.count(TooManyAttempts) == 20


def test_the_wait_grows_while_somebody_goes_on(attempt, a_user):
    user, at = a_user(), AT
    for _ in range(10):
        attempt(user.email)
    waits = []
    for _ in range(6):
        refusal = attempt(user.email, at=at)
        waits.append(refusal.retry_after)
        at += timedelta(seconds=refusal.retry_after)
        assert isinstance(attempt(user.email, at=at), InvalidCredentials)
    assert waits == [60, 120, 240, 480, 900, 900]


def test_signing_in_wipes_the_slate(attempt, a_user):
    user = a_user()
    for _ in range(3):
        assert set(kinds(attempt(user.email) for _ in range(9))) == {InvalidCredentials}
        assert isinstance(attempt(user.email, user), SignedIn)


def test_an_address_without_an_account_is_refused_alike(attempt):
    assert kinds(attempt("nobody@example.org") for _ in range(11)) == [InvalidCredentials] * 10 + [TooManyAttempts]


def test_strangers_cannot_lock_an_officer_out_where_the_officer_has_been_before(attempt, a_user):
    user = a_user()
    assert isinstance(attempt(user.email, user, address=HOME), SignedIn)
    for stranger in range(60):
        attempt(user.email, address=f"10.0.{stranger}.1", at=AT + timedelta(hours=1))
    later = AT + timedelta(hours=1, seconds=1)
    assert isinstance(attempt(user.email, user, address=CAFE, at=later), TooManyAttempts)
    assert isinstance(attempt(user.email, user, address=HOME, at=later), SignedIn)


def test_one_client_does_not_try_account_after_account(attempt):
    outcomes = kinds(attempt(f"staff{number}@example.org") for number in range(41))
    assert outcomes == [InvalidCredentials] * 40 + [TooManyAttempts]
    assert isinstance(attempt("staff0@example.org", address=HOME), InvalidCredentials)


def test_the_owner_hears_of_it(attempt, a_user, sessions):
    user = a_user()
    for _ in range(11):
        attempt(user.email, address="10.0.0.1")
    assert [(event.type, event.data["user_id"]) for event in notices(sessions)] == [
        ("identity.sign_in.blocked.v1", str(user.id))
    ]


def test_a_stolen_token_is_no_way_to_guess_the_password(uow, a_user):
    user = a_user()
    for _ in range(10):
        check_may_guess(uow.connection, user.id, at=AT)
        count_wrong_guess(uow, user.id, at=AT)
    with pytest.raises(TooManyAttempts):
        check_may_guess(uow.connection, user.id, at=AT)


def test_requests_are_counted_by_the_hour(uow):
    def ask(email="ada@example.org", address=CAFE, at=AT):
        count_request(uow, "magic_link", Attempt(email, address), per_email=5, per_network=8, at=at)

    for _ in range(5):
        ask()
    with pytest.raises(TooManyAttempts) as refusal:
        ask(address=HOME)
    assert refusal.value.retry_after == 3600
    for number in range(3):
        ask(f"{number}@example.org")
    with pytest.raises(TooManyAttempts):
        ask("eve@example.org")
    ask(at=AT + timedelta(hours=1))
    ask(at=AT + timedelta(hours=1))


def test_counts_outlive_the_process_that_made_them(attempt, sessions, a_user):
    user = a_user()
    for _ in range(10):
        attempt(user.email)
    with sessions() as session:
        kept = session.scalars(select(AttemptCount.key)).all()
        with pytest.raises(TooManyAttempts):
            check_may_try(session.connection(), replace(Attempt(user.email, None), address=CAFE), at=AT)
    assert len(kept) == 3

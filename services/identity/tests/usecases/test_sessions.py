from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from services.identity.domain.session import SessionEnded
from services.identity.models import StaffSession, User
from services.identity.tests.conftest import AT, LIFETIMES, PASSWORD, audited, begin
from services.identity.usecases.sessions import (
    AccountInactive,
    InvalidCredentials,
    end_session,
    prove_password,
    refresh_session,
)
from shared.testing import told, told_events

LATER = AT + timedelta(minutes=5)


def refresh(uow, grant, *, at=LATER):
    return refresh_session(uow, session_id=grant.session_id, rotation=grant.rotation, lifetimes=LIFETIMES, at=at)


def live_sessions(sessions):
    with sessions() as session:
        return session.scalar(select(func.count()).where(StaffSession.revoked_at.is_(None)))


@pytest.fixture
def grant(work, a_user):
    """What somebody who signed in at AT holds, committed."""
    user = a_user()
    with work() as uow:
        return begin(uow, user)[1]


@pytest.fixture
def hashes(app):
    return app.extensions["identity"].hashes


def test_signing_in_is_counted_told_and_audited(uow, a_user):
    user, grant = begin(uow, a_user())
    assert (user.login_count, user.last_login_at, user.last_activity_at) == (1, AT, AT)
    assert grant.rotation == 0
    assert told(uow) == ["identity.session.started.v1"]
    entry = told_events(uow)[-1].data
    assert (entry["action"], entry["actor_id"], entry["entity_id"]) == ("USER_LOGIN", str(user.id), str(user.id))


def test_the_fourth_sign_in_ends_the_oldest_session(uow, a_user):
    user = a_user()
    grants = [begin(uow, user, at=AT + timedelta(minutes=n))[1] for n in range(4)]
    uow.session.flush()
    revoked = uow.session.scalars(select(StaffSession).where(StaffSession.revoked_at.is_not(None))).all()
    assert [(session.id, session.revoked_reason) for session in revoked] == [
        (grants[0].session_id, "too-many-sessions")
    ]
    assert told(uow).count("identity.session.revoked.v1") == 1


def test_twenty_sign_ins_at_once_leave_three_sessions(work, sessions, a_user):
    user = a_user()

    def sign_in(_):
        with work() as uow:
            begin(uow, user)

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(sign_in, range(20)))
    assert live_sessions(sessions) == 3
    with sessions() as session:
        assert session.get(User, user.id).login_count == 20


def test_a_password_that_was_right_a_moment_ago_opens_nothing(work, uow, a_user):
    user = a_user()
    with work() as change:
        change.session.get(User, user.id).password_hash = "another"
    with pytest.raises(InvalidCredentials):
        begin(uow, user)


def test_an_account_switched_off_a_moment_ago_opens_nothing(uow, a_user):
    with pytest.raises(AccountInactive):
        begin(uow, a_user(is_active=False))


@pytest.mark.parametrize(
    ("facts", "password", "refusal"),
    [
        pytest.param({}, "wrong", InvalidCredentials, id="wrong password"),
        pytest.param({"deleted_at": AT}, PASSWORD, InvalidCredentials, id="deleted account"),
        pytest.param({"is_active": False}, "wrong", InvalidCredentials, id="inactive account, wrong password"),
        pytest.param({"is_active": False}, PASSWORD, AccountInactive, id="inactive account, right password"),
    ],
)
def test_only_the_right_password_learns_more_than_that_it_is_wrong(sessions, a_user, hashes, facts, password, refusal):
    user = a_user(**facts)
    with pytest.raises(refusal):
        prove_password(sessions.kw["bind"].connect, hashes, email=user.email, password=password)


def test_a_refresh_issues_the_next_pair_and_prolongs_the_session(uow, grant):
    following = refresh(uow, grant)
    assert (following.session_id, following.rotation, following.issued_at) == (grant.session_id, 1, LATER)
    session = uow.session.get(StaffSession, grant.session_id)
    assert session.access_expires_at == LATER + LIFETIMES.access
    assert session.refresh_expires_at == LATER + LIFETIMES.refresh


def test_a_client_whose_answer_was_lost_gets_it_again(uow, grant):
    following = refresh(uow, grant)
    assert refresh(uow, grant, at=LATER + timedelta(seconds=10)) == following
    assert told(uow) == []


@pytest.mark.parametrize("seconds", [11, 3600])
def test_a_spent_token_ends_the_session_for_thief_and_owner_alike(uow, grant, seconds):
    following = refresh(uow, grant)
    late = LATER + timedelta(seconds=seconds)
    assert refresh(uow, grant, at=late) is None
    assert told(uow) == ["identity.session.revoked.v1"]
    assert audited(uow) == ["SESSION_REVOKED"]
    with pytest.raises(SessionEnded):
        refresh(uow, following, at=late)


def test_a_token_two_refreshes_old_ends_the_session_at_once(uow, grant):
    refresh(uow, refresh(uow, grant))
    assert refresh(uow, grant) is None


def test_twenty_refreshes_at_once_make_one_successor(work, grant):
    def refresh_once(_):
        with work() as uow:
            return refresh(uow, grant)

    with ThreadPoolExecutor(20) as pool:
        successors = set(pool.map(refresh_once, range(20)))
    assert [successor.rotation for successor in successors] == [1]


def test_a_refresh_shows_the_role_of_now(work, uow, grant):
    with work() as change:
        change.session.get(User, grant.user_id).email = "new@example.org"
    assert refresh(uow, grant).email == "new@example.org"


def test_nobody_refreshes_an_inactive_account(work, uow, grant):
    with work() as change:
        change.session.get(User, grant.user_id).is_active = False
    with pytest.raises(SessionEnded):
        refresh(uow, grant)


def test_a_session_expires_with_its_refresh_token(uow, grant):
    with pytest.raises(SessionEnded):
        refresh(uow, grant, at=AT + LIFETIMES.refresh)


def test_signing_out_ends_the_session_once(uow, grant):
    end_session(uow, session_id=grant.session_id, at=LATER)
    assert told(uow) == ["identity.session.revoked.v1"]
    assert audited(uow) == ["USER_LOGOUT"]
    end_session(uow, session_id=grant.session_id, at=LATER)
    assert len(uow.published) == 2
    with pytest.raises(SessionEnded):
        refresh(uow, grant)

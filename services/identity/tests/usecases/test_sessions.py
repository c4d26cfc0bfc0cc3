from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from services.identity.domain.session import SessionEnded
from services.identity.models import StaffSession, User
from services.identity.steps.sessions import open_session
from services.identity.tests.conftest import AT, LIFETIMES, audited, begin
from services.identity.usecases.sessions import (
    SessionNotFound,
    end_session,
    refresh_session,
    revoke_other_sessions,
    revoke_own_session,
)
from shared.context import Actor
from shared.testing import published_types

LATER = AT + timedelta(minutes=5)


def refresh(uow, grant, *, at=LATER):
    return refresh_session(uow, session_id=grant.session_id, rotation=grant.rotation, lifetimes=LIFETIMES, at=at)


@pytest.fixture
def grant(work, a_user):
    """What somebody who signed in at AT holds, committed."""
    user = a_user()
    with work() as uow:
        return begin(uow, user)[1]


def test_a_refresh_issues_the_next_pair_and_prolongs_the_session(uow, grant):
    following = refresh(uow, grant)
    assert (following.session_id, following.rotation, following.issued_at) == (grant.session_id, 1, LATER)
    session = uow.session.get(StaffSession, grant.session_id)
    assert session.access_expires_at == LATER + LIFETIMES.access
    assert session.refresh_expires_at == LATER + LIFETIMES.refresh


def test_a_client_whose_answer_was_lost_gets_it_again(uow, grant):
    following = refresh(uow, grant)
    assert refresh(uow, grant, at=LATER + timedelta(seconds=10)) == following
    assert published_types(uow) == []


@pytest.mark.parametrize("seconds", [11, 3600])
def test_a_spent_token_ends_the_session_for_thief_and_owner_alike(uow, grant, seconds):
    following = refresh(uow, grant)
    late = LATER + timedelta(seconds=seconds)
    assert refresh(uow, grant, at=late) is None
    assert published_types(uow) == ["identity.session.revoked.v1"]
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
    assert published_types(uow) == ["identity.session.revoked.v1"]
    assert audited(uow) == ["USER_LOGOUT"]
    end_session(uow, session_id=grant.session_id, at=LATER)
    assert len(uow.published) == 2
    with pytest.raises(SessionEnded):
        refresh(uow, grant)


def test_no_refresh_prolongs_a_session_for_ever(uow, grant):
    at = AT
    while True:
        at += timedelta(days=20)
        try:
            grant = refresh(uow, grant, at=at)
        except SessionEnded:
            break
        assert grant.refresh_expires_at <= AT + LIFETIMES.session
    assert at >= AT + LIFETIMES.session


def test_a_sign_in_that_is_not_to_be_remembered_is_short_also_after_a_refresh(uow, a_user):
    lifetimes = LIFETIMES.of_session(is_remembered=False, timeout_hours=0)
    session = open_session(uow, a_user(), lifetimes=lifetimes, at=AT, method="password", is_remembered=False)
    uow.session.flush()
    later = AT + timedelta(hours=11)
    grant = refresh_session(uow, session_id=session.id, rotation=0, lifetimes=LIFETIMES, at=later)
    assert grant.refresh_expires_at == grant.access_expires_at == later + timedelta(hours=12)
    with pytest.raises(SessionEnded):
        refresh_session(uow, session_id=session.id, rotation=1, lifetimes=LIFETIMES, at=later + timedelta(hours=12))


def an_actor(user, grant):
    return Actor(user.id, user.email, user.role, grant.session_id)


def test_one_ends_a_session_of_ones_own_and_nobody_elses(uow, a_user):
    user, other = a_user(), a_user()
    here, second, elsewhere = (begin(uow, who)[1] for who in (user, user, other))
    actor = an_actor(user, here)
    revoke_own_session(uow, by=actor, session_id=second.session_id, at=LATER)
    assert audited(uow)[-1] == "SESSION_REVOKED"
    for nobodys in (second.session_id, elsewhere.session_id):
        with pytest.raises(SessionNotFound):
            revoke_own_session(uow, by=actor, session_id=nobodys, at=LATER)
    assert refresh(uow, here)
    assert refresh(uow, elsewhere)


def test_one_ends_all_ones_sessions_but_this(uow, a_user):
    user = a_user()
    here, *others = (begin(uow, user)[1] for _ in range(3))
    assert revoke_other_sessions(uow, by=an_actor(user, here), at=LATER) == 2
    assert audited(uow).count("SESSION_REVOKED") == 1
    assert refresh(uow, here)
    for other in others:
        with pytest.raises(SessionEnded):
            refresh(uow, other)

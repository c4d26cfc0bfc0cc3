from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from services.identity.domain.proof import Method, Proof
from services.identity.models import SignIn, StaffSession, User
from services.identity.tests.conftest import (
    AT,
    LIFETIMES,
    PASSWORD_HASH,
    audited,
    begin,
    try_to_begin,
    with_settings,
)
from services.identity.usecases.sign_in import (
    AccountInactive,
    InvalidCredentials,
    SignInPolicy,
    UnderMaintenance,
    sign_in,
)
from shared.context import Role
from shared.testing import published_events, published_types

POLICY = SignInPolicy(LIFETIMES, 3, failures_per_network=100)


def live_sessions(sessions):
    with sessions() as session:
        return session.scalar(select(func.count()).where(StaffSession.revoked_at.is_(None)))


def history(uow):
    uow.session.flush()
    return uow.session.scalars(select(SignIn.failure).order_by(SignIn.happened_at, SignIn.id)).all()


def test_signing_in_is_counted_told_and_audited(uow, a_user):
    user, grant = begin(uow, a_user())
    assert (user.login_count, user.last_login_at, user.last_activity_at) == (1, AT, AT)
    assert grant.rotation == 0
    assert published_types(uow) == ["identity.session.started.v1"]
    entry = published_events(uow)[-1].data
    assert (entry["action"], entry["actor_id"], entry["entity_id"]) == ("USER_LOGIN", str(user.id), str(user.id))
    assert history(uow) == [None]


def test_the_fourth_sign_in_ends_the_oldest_session(uow, a_user):
    user = a_user()
    grants = [begin(uow, user, at=AT + timedelta(minutes=n))[1] for n in range(4)]
    uow.session.flush()
    revoked = uow.session.scalars(select(StaffSession).where(StaffSession.revoked_at.is_not(None))).all()
    assert [(session.id, session.revoked_reason) for session in revoked] == [
        (grants[0].session_id, "too-many-sessions")
    ]
    assert published_types(uow).count("identity.session.revoked.v1") == 1


def test_twenty_sign_ins_at_once_leave_three_sessions(work, sessions, a_user):
    user = a_user()

    def once(_):
        with work() as uow:
            begin(uow, user)

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(once, range(20)))
    assert live_sessions(sessions) == 3
    with sessions() as session:
        assert session.get(User, user.id).login_count == 20


def test_a_password_that_was_right_a_moment_ago_opens_nothing(work, uow, a_user):
    user = a_user()
    with work() as change:
        change.session.get(User, user.id).password_hash = "another"
    assert isinstance(try_to_begin(uow, user), InvalidCredentials)
    assert history(uow) == ["wrong password"]


def test_an_account_switched_off_a_moment_ago_opens_nothing(uow, a_user):
    assert isinstance(try_to_begin(uow, a_user(is_active=False)), AccountInactive)
    assert history(uow) == ["inactive"]


@pytest.mark.parametrize(
    ("facts", "refusal"), [({"is_active": False}, AccountInactive), ({"deleted_at": AT}, InvalidCredentials)], ids=str
)
def test_nobody_signs_in_to_a_dead_account_by_other_means(uow, a_user, facts, refusal):
    proof = Proof(user_id=a_user(**facts).id, method=Method.GOOGLE)
    with pytest.raises(refusal):
        sign_in(uow, proof=proof, policy=POLICY, at=AT)


def test_while_the_platform_is_maintained_only_admins_sign_in(uow, a_user):
    with_settings(uow, maintenance_mode=True, maintenance_message="Back at six.")
    with pytest.raises(UnderMaintenance, match="Back at six"):
        try_to_begin(uow, a_user())
    begin(uow, a_user(Role.ADMIN))


@pytest.mark.parametrize(("is_temporary", "is_required"), [(True, True), (True, False), (False, True)])
def test_a_password_chosen_by_somebody_else_has_to_be_changed_where_the_settings_say_so(
    uow, a_user, is_temporary, is_required
):
    with_settings(uow, require_password_change=is_required)
    _, grant = begin(uow, a_user(password_is_temporary=is_temporary))
    assert grant.must_change_password is (is_temporary and is_required)


def test_the_institution_says_how_long_a_session_lasts_without_a_refresh(uow, a_user):
    with_settings(uow, session_timeout_hours=8)
    _, grant = begin(uow, a_user())
    assert grant.access_expires_at == grant.refresh_expires_at == AT + timedelta(hours=8)


def test_a_hash_made_more_cheaply_is_replaced_at_sign_in(uow, a_user):
    user = a_user()
    proof = Proof(user_id=user.id, password_hash=PASSWORD_HASH, better_hash="better")
    sign_in(uow, proof=proof, policy=POLICY, at=AT)
    assert uow.session.get(User, user.id).password_hash == "better"


def test_every_sign_in_is_a_session_of_its_own(uow, a_user):
    user = a_user()
    assert begin(uow, user)[1].session_id != begin(uow, user)[1].session_id
    assert audited(uow) == ["USER_LOGIN", "USER_LOGIN"]

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.identity.domain.password import PasswordProtected, check_may_change_password
from services.identity.domain.session import SessionEnded
from services.identity.models import StaffSession, User
from services.identity.queries.accounts import UserNotFound
from services.identity.tests.conftest import AT, LIFETIMES, audited, begin
from services.identity.usecases.impersonation import CannotImpersonate, ImpersonationRefused, impersonate
from services.identity.usecases.sessions import end_session, refresh_session
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.impersonation import NotWhileImpersonating
from shared.testing import published_events

LATER = AT + timedelta(minutes=5)


@pytest.fixture
def boss(uow: UnitOfWork, a_user):
    """An admin who has signed in at AT."""
    user, grant = begin(uow, a_user(Role.ADMIN))
    return Actor(user.id, user.email, user.role, grant.session_id)


def act(uow, by, user, protected=()):
    return impersonate(uow, by=by, user_id=user.id, protected=protected, lifetimes=LIFETIMES, at=LATER)


def test_an_admin_acts_as_somebody_else_under_both_names(uow, boss, a_user):
    officer = a_user()
    grant = act(uow, boss, officer).grant
    assert (grant.user_id, grant.role, grant.impersonator_id) == (officer.id, officer.role, boss.id)
    uow.session.flush()
    session = uow.session.get(StaffSession, grant.session_id)
    assert boss.email in session.user_agent
    entry = published_events(uow)[-1].data
    assert entry["action"] == "USER_IMPERSONATED"
    assert (entry["actor_id"], entry["entity_id"]) == (str(boss.id), str(officer.id))
    assert (entry["metadata"]["admin"], entry["metadata"]["target"]) == (boss.email, officer.email)


def test_what_is_done_meanwhile_names_the_admin_too(uow, boss, a_user):
    grant = act(uow, boss, a_user()).grant
    end_session(uow, session_id=grant.session_id, at=LATER)
    entry = published_events(uow)[-1].data
    assert (entry["action"], entry["metadata"]["impersonatedBy"]) == ("USER_LOGOUT", str(boss.id))


def test_it_ends_with_the_admins_own_session(uow, boss, a_user):
    grant = act(uow, boss, a_user()).grant
    end_session(uow, session_id=boss.session_id, at=LATER)
    with pytest.raises(SessionEnded):
        refresh_session(uow, session_id=grant.session_id, rotation=0, lifetimes=LIFETIMES, at=LATER)


def test_it_is_short_and_never_outlives_the_admins_own_session(uow, boss, a_user):
    grant = act(uow, boss, a_user()).grant
    assert grant.access_expires_at == LATER + timedelta(hours=12)
    own = uow.session.get(StaffSession, boss.session_id)
    own.refresh_expires_at = LATER + timedelta(hours=1)
    grant = act(uow, boss, a_user()).grant
    assert grant.refresh_expires_at == LATER + timedelta(hours=1)


def test_it_does_not_count_as_one_of_the_users_sessions(uow, boss, a_user):
    officer = a_user()
    mine = [begin(uow, officer, at=AT + timedelta(seconds=n))[1] for n in range(3)]
    act(uow, boss, officer)
    uow.session.flush()
    assert audited(uow)[-1] == "USER_IMPERSONATED"
    assert uow.session.get(User, officer.id).login_count == 3
    alive = uow.session.scalars(select(StaffSession.id).where(StaffSession.revoked_at.is_(None))).all()
    assert {grant.session_id for grant in mine} < set(alive)


def test_nobody_acts_as_somebody_from_an_impersonation_or_a_dead_session(uow, boss, a_user):
    acting = Actor(boss.id, boss.email, Role.ADMIN, boss.session_id, impersonator_id=boss.id)
    with pytest.raises(ImpersonationRefused):
        act(uow, acting, a_user())
    end_session(uow, session_id=boss.session_id, at=LATER)
    with pytest.raises(SessionEnded):
        act(uow, boss, a_user())


@pytest.mark.parametrize(
    ("facts", "refusal"), [({"is_active": False}, CannotImpersonate), ({"deleted_at": AT}, UserNotFound)], ids=str
)
def test_nobody_acts_as_a_dead_account(uow, boss, a_user, facts, refusal):
    with pytest.raises(refusal):
        act(uow, boss, a_user(**facts))


def test_nobody_acts_as_a_protected_account(uow, boss, a_user):
    owner = a_user()
    with pytest.raises(ImpersonationRefused):
        act(uow, boss, owner, protected={owner.email})


def test_who_acts_as_somebody_else_changes_no_password_and_nobody_that_of_a_protected_account(boss):
    acting = Actor(boss.id, boss.email, Role.ADMIN, boss.session_id, impersonator_id=boss.id)
    with pytest.raises(NotWhileImpersonating):
        check_may_change_password(acting, "ada@example.org", ())
    with pytest.raises(PasswordProtected):
        check_may_change_password(boss, "owner@example.org", {"owner@example.org"})

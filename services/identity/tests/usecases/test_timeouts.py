"""Sessions that last longer than the institution wants, or whose user gives no sign of life."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from services.identity.models import StaffSession, User
from services.identity.settings import Settings
from services.identity.steps.sessions import end_overdue
from services.identity.tests.conftest import LIFETIMES, Work, begin, with_settings
from services.identity.usecases.sessions import SessionEnded, refresh_session
from services.identity.worker import timers
from shared.clock import now
from shared.db import Sessions
from shared.testing import SignedIn


@pytest.fixture
def begun(sessions: Sessions) -> Callable[..., None]:
    """Lets a session have begun, and its user been active, so many hours ago."""

    def let(who: SignedIn, hours: int, active: int | None = None) -> None:
        at = now()
        issued = update(StaffSession).where(StaffSession.id == who.actor.session_id)
        active_at = None if active is None else at - timedelta(hours=active)
        with sessions.begin() as session:
            session.execute(issued.values(issued_at=at - timedelta(hours=hours)))
            session.execute(update(User).where(User.id == who.id).values(last_activity_at=active_at))

    return let


def is_alive(client: FlaskClient, who: SignedIn) -> bool:
    return client.get("/auth/sessions", headers=who.headers).status_code == 200


def test_a_shorter_timeout_ends_open_sessions_at_once(
    client: FlaskClient, admin: SignedIn, officer: SignedIn, supervisor: SignedIn, begun: Any
) -> None:
    begun(officer, hours=5)
    begun(supervisor, hours=3)
    answer = client.put("/settings/general", headers=admin.headers, json={"sessionTimeout": 4})
    assert "identity.session.revoked.v1=" in answer.headers["X-Events"]
    assert [is_alive(client, who) for who in (officer, supervisor, admin)] == [False, True, True]


def test_who_gives_no_sign_of_life_is_signed_out(
    client: FlaskClient, work: Work, admin: SignedIn, officer: SignedIn, supervisor: SignedIn, begun: Any
) -> None:
    begun(officer, hours=20, active=9)
    begun(supervisor, hours=20, active=7)
    with work() as uow:
        assert end_overdue(uow, at=now()) == 0
        with_settings(uow, idle_timeout_hours=8)
        assert end_overdue(uow, at=now()) == 1
        assert [event.data["reason"] for event in uow.published] == ["timed-out"]
    assert [is_alive(client, who) for who in (officer, supervisor, admin)] == [False, True, True]


def test_a_session_that_is_over_is_not_refreshed_back_to_life(work: Work, a_user: Any) -> None:
    with work() as uow:
        _, grant = begin(uow, a_user(), at=now() - timedelta(hours=9))
        with_settings(uow, idle_timeout_hours=8)
    with pytest.raises(SessionEnded), work() as uow:
        refresh_session(uow, session_id=grant.session_id, rotation=0, lifetimes=LIFETIMES, at=now())


def test_acting_as_somebody_who_is_away_goes_on(
    client: FlaskClient, work: Work, admin: SignedIn, officer: SignedIn, sessions: Sessions, begun: Any
) -> None:
    token = client.post(f"/auth/impersonate/{officer.id}", headers=admin.headers).json["data"]["accessToken"]
    begun(officer, hours=20, active=20)
    with work() as uow:
        with_settings(uow, idle_timeout_hours=8)
        assert end_overdue(uow, at=now() + timedelta(minutes=1)) == 1
    assert client.get("/auth/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_sessions_are_forgotten_when_the_settings_say(
    sessions: Sessions, settings: Settings, admin: SignedIn, officer: SignedIn
) -> None:
    with sessions.begin() as session:
        for who, days in ((admin, 29), (officer, 31)):
            theirs = update(StaffSession).where(StaffSession.id == who.actor.session_id)
            session.execute(theirs.values(refresh_expires_at=now() - timedelta(days=days)))
    [forget] = [timer for timer in timers(replace(settings, session_keep_days=30)) if timer.name == "remove_expired"]
    forget.work(sessions)
    with sessions() as session:
        kept = set(session.scalars(select(StaffSession.id)))
    assert admin.actor.session_id in kept
    assert officer.actor.session_id not in kept

"""Fixtures of the tests of notifications."""

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import insert, select

from services.notifications.__main__ import SERVICE
from services.notifications.mailer.mailer import Mailer
from services.notifications.models import Mail
from services.notifications.settings import Settings
from services.notifications.steps.queue import NewMail, queue_mails
from shared.clock import now
from shared.context import NOBODY, Role
from shared.db import Sessions, UnitOfWork, unit_of_work
from shared.directory.tables import directory_staff
from shared.ids import new_id
from shared.institution import keep_settings
from shared.messaging.events import Envelope
from shared.messaging.outbox import outbox
from shared.testing import Fixtures

fixtures = Fixtures(SERVICE, mail_folder=tempfile.mkdtemp(prefix="mail-of-tests-"), mail_allowed_hosts=("127.0.0.1",))
database, settings, sessions = fixtures.database, fixtures.settings, fixtures.sessions
uow, app, client, sign_in = fixtures.uow, fixtures.app, fixtures.client, fixtures.sign_in

Work = Callable[[], AbstractContextManager[UnitOfWork]]

# Those of the settings of the institution that mails go by, under their names in events.
INSTITUTION = {
    "name": "Millenium Potters", "email": "", "phone": None, "address": None, "currencySymbol": "₦",
    "dateFormat": "DD/MM/YYYY", "notificationSettings": {"emailNotifications": True},
}  # fmt: skip


@pytest.fixture
def work(sessions: Sessions) -> Work:
    """Opens a unit of work that commits, on behalf of nobody."""
    return lambda: unit_of_work(sessions, "notifications", NOBODY)


@pytest.fixture
def mailer(settings: Settings) -> Mailer:
    return settings.mailer


@pytest.fixture
def a_colleague(sessions: Sessions) -> Callable[..., Any]:
    """Makes a member of staff, by default an active credit officer, and returns their id."""

    def make(role: Role = Role.CREDIT_OFFICER, **facts: Any) -> Any:
        row = {
            "id": new_id(), "email": "ada@example.org", "first_name": "Ada", "last_name": "Obi", "role": role.value,
            "is_active": True, "is_deleted": False, "created_at": now(), "version": 1,
        } | facts  # fmt: skip
        with sessions.begin() as session:
            session.execute(insert(directory_staff).values(row))
        return row["id"]

    return make


def queue_mail(
    uow: UnitOfWork, template: str, to: str, variables: dict[str, str], dedupe: str | None = None, **link: Any
) -> bool:
    """Queue one mail; whether it was not queued before."""
    return bool(queue_mails(uow, [NewMail(template, to, variables, dedupe, **link)]))


def with_institution(uow: UnitOfWork, **settings: Any) -> None:
    """Let these settings of the institution be unlike their defaults."""
    keep_settings(uow.connection, INSTITUTION | settings, 1)


def mails(sessions: Sessions) -> list[Any]:
    """The rows of all mails, the oldest first."""
    with sessions() as session:
        return list(session.execute(select(*Mail.__table__.c).order_by(Mail.created_at, Mail.id)))


def published(sessions: Sessions) -> list[Envelope]:
    """All events of the outbox, the oldest first."""
    with sessions() as session:
        bodies = session.execute(select(outbox.c.body).order_by(outbox.c.seq)).scalars()
        return [Envelope.from_json(body) for body in bodies]


def audited(uow: UnitOfWork) -> list[str]:
    """The actions of the audit entries this unit of work leaves."""
    return [envelope.data["action"] for envelope in uow.published if ".audit." in envelope.type]

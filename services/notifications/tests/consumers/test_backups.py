"""A backup that failed is written about to every admin, once; one that is whole, or that somebody deleted, is not."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete

from services.notifications.consumers import handlers
from services.notifications.tests.conftest import mails
from shared.clock import now
from shared.context import Role
from shared.db import Sessions
from shared.ids import new_id
from shared.messaging.delivery import deliver
from shared.messaging.events import Envelope, in_json
from shared.messaging.inbox import inbox
from shared.testing import check_contract

WHY = "Nothing was heard from: payments."


def ended(error: str | None, actor_id: UUID | None = None) -> Envelope:
    data: dict[str, Any] = {"backup_id": str(new_id()), "attempt": 1, "error": error}
    event = Envelope(
        new_id(), "reporting.backup.ended.v1", "reporting", new_id(), 1, now(), actor_id, None, None, in_json(data)
    )
    check_contract(event)
    return event


@pytest.fixture
def admins(a_colleague: Callable[..., UUID]) -> None:
    for name in ("ada", "bola"):
        a_colleague(id=new_id(), email=f"{name}@example.org", role=Role.ADMIN)
    a_colleague(id=new_id(), email="officer@example.org", role=Role.CREDIT_OFFICER)


def test_every_admin_is_written_to_once(sessions: Sessions, admins: None) -> None:
    event = ended(WHY)
    for _ in range(2):
        deliver(sessions, handlers, [event])
        with sessions.begin() as session:
            session.execute(delete(inbox))
    written = mails(sessions)
    assert sorted((mail.recipient, mail.template) for mail in written) == [
        ("ada@example.org", "backup_failed"),
        ("bola@example.org", "backup_failed"),
    ]
    assert {mail.variables["backup_error"] for mail in written} == {WHY}


@pytest.mark.parametrize("event", [ended(None), ended("It was deleted.", new_id())], ids=["whole", "deleted"])
def test_nobody_is_written_to_where_nothing_failed(sessions: Sessions, admins: None, event: Envelope) -> None:
    deliver(sessions, handlers, [event])
    assert not mails(sessions)

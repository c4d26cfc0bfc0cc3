"""What is kept for a while only, and what is looked for in it."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from shared.clock import now
from shared.db import run_transaction
from shared.directory.tables import revoked_session
from shared.ids import new_id
from shared.messaging.inbox import KEEP_DAYS
from shared.messaging.outbox import outbox
from shared.messaging.recovery import send_unhandled_again
from shared.testing import eventually
from shared.tests.conftest import happened
from shared.worker import SESSION_GRACE, Worker


def revoked(sessions):
    with sessions() as session:
        return set(session.scalars(select(revoked_session.c.session_id)))


def test_a_revoked_session_is_forgotten_when_its_token_is_long_expired(sessions, handlers, settings):
    old, recent = new_id(), new_id()
    expired_at = {old: now() - SESSION_GRACE - timedelta(minutes=1), recent: now() - timedelta(minutes=1)}
    rows = [{"session_id": session_id, "expires_at": at} for session_id, at in expired_at.items()]
    with sessions.begin() as session:
        session.execute(insert(revoked_session), rows)
    worker = Worker(handlers, settings)
    worker.start()
    eventually(lambda: old not in revoked(sessions))
    worker.stop()
    assert recent in revoked(sessions)


@pytest.mark.parametrize(("age", "sent_again"), [(timedelta(hours=1), 1), (timedelta(days=KEEP_DAYS), 0)])
def test_only_what_an_inbox_would_still_know_of_is_sent_again(sessions, handlers, age, sent_again):
    run_transaction(sessions, "sample", lambda uow: uow.publish(happened(1)))
    with sessions.begin() as session:
        session.execute(update(outbox).values(published_at=now(), created_at=now() - age))
    assert send_unhandled_again([(handlers, sessions)]) == sent_again

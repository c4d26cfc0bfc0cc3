import json
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from services.notifications.consumers import handlers
from services.notifications.models import Mail
from services.notifications.usecases.anchors import AnchorRecipients
from shared.clock import now
from shared.db import Sessions
from shared.ids import new_id
from shared.messaging.delivery import deliver
from shared.messaging.events import Envelope, in_json

CONTRACTS = Path(__file__).parents[3] / "reporting" / "contracts"
ANCHORED = "reporting.audit.anchored.v1"


@pytest.fixture
def anchored() -> Envelope:
    [example] = json.loads((CONTRACTS / f"{ANCHORED}.json").read_text())["examples"]
    return Envelope(new_id(), ANCHORED, "reporting", new_id(), 1, now(), None, None, None, in_json(example))


def test_each_of_the_named_people_is_mailed_an_anchor_once(
    sessions: Sessions, anchored: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AnchorRecipients, "addresses", ("auditor@example.org", "board@example.org"))
    deliver(sessions, handlers, [anchored])
    with sessions.begin() as session:
        session.connection().exec_driver_sql("DELETE FROM inbox")
    deliver(sessions, handlers, [anchored])
    with sessions() as session:
        mails = session.scalars(select(Mail)).all()
    assert Counter(mail.recipient for mail in mails) == Counter(["auditor@example.org", "board@example.org"])
    assert {mail.variables["anchor"] for mail in mails} == {anchored.data["text"]}


def test_nobody_is_mailed_where_nobody_is_named(sessions: Sessions, anchored: Envelope) -> None:
    deliver(sessions, handlers, [anchored])
    with sessions() as session:
        assert not session.scalars(select(Mail)).all()

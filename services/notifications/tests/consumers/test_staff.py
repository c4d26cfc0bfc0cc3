"""What happens to accounts is written about to those they belong to, once."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs
from sqlalchemy import delete

from services.notifications.consumers import handlers
from services.notifications.settings import Settings
from services.notifications.tests.conftest import mails
from shared.clock import now
from shared.context import Role
from shared.db import Sessions
from shared.ids import new_id
from shared.messaging.delivery import deliver
from shared.messaging.events import Envelope, in_json
from shared.messaging.handlers import CauseMissing
from shared.messaging.inbox import inbox
from shared.seals import Seal
from shared.testing import SERVICES, check_contract, event_keys

ADA = new_id()


@pytest.fixture
def ada(a_colleague: Callable[..., UUID]) -> UUID:
    return a_colleague(id=ADA, email="ada@example.org", first_name=None)


def identity(kind: str, actor_id: UUID | None = None, **facts: Any) -> Envelope:
    """The example of an event of identity with other facts."""
    event_type = f"identity.{kind}.v1"
    contract = json.loads((SERVICES / "identity/contracts" / f"{event_type}.json").read_text())
    about = {} if kind == "security.changed" else {"user_id": str(ADA)}
    data = contract["examples"][0] | about | facts
    event = Envelope(new_id(), event_type, "identity", new_id(), 1, now(), actor_id, None, None, in_json(data))
    check_contract(event)
    return event


@pytest.mark.parametrize(
    ("kind", "template"),
    [
        ("account.opened", "welcome_user"),
        ("password.changed", "password_changed"),
        ("sign_in.blocked", "sign_in_blocked"),
        ("sign_in.made_by_link", "signed_in_by_link"),
        ("recovery.requested", "password_reset"),
    ],
)
def test_the_owner_of_an_account_is_written_to_once(sessions: Sessions, ada: UUID, kind: str, template: str) -> None:
    event = identity(kind)
    for _ in range(2):
        deliver(sessions, handlers, [event])
        # As long after, when nobody remembers that it was handled.
        with sessions.begin() as session:
            session.execute(delete(inbox))
    deliver(sessions, handlers, [structs.replace(identity(kind), occurred_at=old())])
    [mail] = mails(sessions)
    assert (mail.template, mail.recipient) == (template, "ada@example.org")
    # Who has given no name is called by their address.
    assert mail.variables["officer_name"] == "ada@example.org"


def old() -> Any:
    return now() - timedelta(days=4)


def test_of_many_blocked_sign_ins_the_owner_hears_once_a_day(sessions: Sessions, ada: UUID) -> None:
    today = [identity("sign_in.blocked") for _ in range(3)]
    deliver(sessions, handlers, today)
    deliver(sessions, handlers, [structs.replace(today[0], id=new_id(), occurred_at=now() - timedelta(days=1))])
    assert len(mails(sessions)) == 2


def test_a_link_stays_sealed_until_it_is_sent(sessions: Sessions, ada: UUID, settings: Settings) -> None:
    sealed = Seal([event_keys("identity").signing["notifications"].hex()]).seal("https://example.org/?token=once")
    deliver(sessions, handlers, [identity("recovery.requested", sealed_link=sealed)])
    [mail] = mails(sessions)
    assert mail.sealed_link == sealed
    assert "once" not in str(mail)
    assert settings.mailer.seal.open(mail.sealed_link) == "https://example.org/?token=once"


def test_every_admin_who_may_act_hears_that_security_settings_were_changed(
    sessions: Sessions, a_colleague: Callable[..., UUID]
) -> None:
    for email, facts in {"one": {}, "two": {}, "off": {"is_active": False}, "gone": {"is_deleted": True}}.items():
        admin = a_colleague(Role.ADMIN, email=f"{email}@example.org", **facts)
    a_colleague(email="officer@example.org")
    settings = ["four_eyes", "four_eyes_amount"]
    deliver(sessions, handlers, [identity("security.changed", admin, changed_settings=settings)])
    found = mails(sessions)
    assert {mail.recipient for mail in found} == {"one@example.org", "two@example.org"}
    assert found[0].variables == {
        "changed_by": "gone@example.org", "changed_settings": "four_eyes, four_eyes_amount",
        "sign_in_time": "2026-03-11 09:30 UTC",
    }  # fmt: skip


def test_what_happens_to_an_account_waits_until_the_account_is_known(sessions: Sessions) -> None:
    with pytest.raises(CauseMissing):
        deliver(sessions, handlers, [identity("account.opened")])

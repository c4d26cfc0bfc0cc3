"""The stream of changes: each hears the names of what changed in their scope, for as long as they may."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from socket import SHUT_RDWR
from typing import Any
from uuid import UUID

import orjson
import pytest

from gateway.events.streams import MOST_OF_PERSON
from gateway.tests.bus import Bus
from gateway.tests.client import Client
from gateway.tests.process import Gateway, Start
from gateway.tests.services import Services
from shared.context import Actor, Role
from shared.ids import new_id
from shared.messaging.changes import Change
from shared.testing import SigningKey, an_actor, eventually

Event = tuple[str, Any]
RECORDED = "payments.repayment.recorded.v1"


class Listener:
    """One open stream, read by a thread."""

    def __init__(self, client: Client) -> None:
        self._connection = HTTPConnection("127.0.0.1", client.port, timeout=20)
        self._connection.request("GET", "/api/stream", headers=client.headers)
        self.response: HTTPResponse = self._connection.getresponse()
        self.events: list[Event] = []
        self.comments = 0
        self.is_over = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        name = ""
        with suppress(OSError, HTTPException):
            for line in iter(self.response.readline, b""):
                field, _, value = line.decode().rstrip("\n").partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    self.events.append((name, orjson.loads(value)))
                elif line.startswith(b":"):
                    self.comments += 1
        self.is_over.set()

    def changes(self) -> list[tuple[str, str]]:
        """Kind and id of what changed."""
        return [(data["kind"], data["id"]) for name, data in self.events if name == "change"]

    def names(self) -> list[str]:
        return [name for name, _ in self.events]

    def close(self) -> None:
        if self._connection.sock is not None:
            self._connection.sock.shutdown(SHUT_RDWR)
        self.is_over.wait(5)
        self._connection.close()


@pytest.fixture
def union_id(services: Services) -> UUID:
    """A union in the scope of everybody who asks membership."""
    union_id = new_id()
    services.react("/unions/ids", body={"success": True, "message": "Ids.", "data": [str(union_id)]})
    return union_id


@pytest.fixture
def listen(gateway: Gateway, union_id: UUID, signing_key: SigningKey) -> Iterator[Callable[..., Listener]]:
    """Opens streams that are at their beginning, by default of a new officer."""
    opened: list[Listener] = []

    def listen(who: Actor | Role = Role.CREDIT_OFFICER, *, at: Gateway = gateway) -> Listener:
        actor = an_actor(who) if isinstance(who, Role) else who
        listener = Listener(at.client.signed_in(signing_key.token(actor)))
        opened.append(listener)
        eventually(lambda: listener.events)
        return listener

    yield listen
    for listener in opened:
        listener.close()


def a_change(event_type: str, union_id: UUID | None = None, *people: UUID) -> Change:
    union = None if union_id is None else str(union_id)
    return Change(event_type, str(new_id()), str(new_id()), union, [str(person) for person in people])


def test_everybody_hears_of_what_is_in_their_scope(listen: Any, bus: Bus, union_id: UUID) -> None:
    officer, admin = listen(), listen(Role.ADMIN)
    assert officer.names() == ["refresh"]
    own, foreign = a_change("lending.loan.approved.v1", union_id), a_change("lending.loan.approved.v1", new_id())
    kind, nameless = a_change("lending.loan_type.updated.v1"), a_change("payments.account.replayed.v1")
    secret = a_change("identity.recovery.requested.v1", None, new_id())
    proposed = a_change("lending.reschedule.proposed.v1", union_id)
    last = a_change("membership.member.updated.v1", union_id)
    bus.published("lending", own, foreign, kind, nameless, secret, proposed, last)
    ends = ("member", last.aggregate_id)
    eventually(lambda: ends in officer.changes() and ends in admin.changes())
    heard = [("loan", own.aggregate_id), ("loanType", kind.aggregate_id)]
    assert officer.changes() == [*heard, ("loan", proposed.aggregate_id), ends]
    others = {("loan", change.aggregate_id) for change in (foreign, nameless, proposed)}
    assert set(admin.changes()) == {*heard, *others, ends}
    change = next(data for name, data in officer.events if name == "change")
    expected = {"kind": "loan", "id": own.aggregate_id, "how": "loan.approved", "unionId": str(union_id)}
    assert change == expected


def test_staff_hear_of_themselves_and_supervisors_of_theirs(listen: Any, bus: Bus, union_id: UUID) -> None:
    officer, supervisor = an_actor(Role.CREDIT_OFFICER), an_actor(Role.SUPERVISOR)
    listeners = [listen(officer), listen(supervisor), listen()]
    change = a_change("identity.user.updated.v1", None, officer.id, supervisor.id)
    last = a_change("membership.member.updated.v1", union_id)
    bus.published("identity", change, last)
    eventually(lambda: all(("member", last.aggregate_id) in listener.changes() for listener in listeners))
    own = ("user", change.aggregate_id)
    assert [own in listener.changes() for listener in listeners] == [True, True, False]


def test_a_change_is_heard_once_all_who_follow_it_have_applied_it(
    patient_gateway: Gateway, services: Services, listen: Any, bus: Bus, union_id: UUID
) -> None:
    listener, last_heard = listen(at=patient_gateway), an_actor(Role.CREDIT_OFFICER)
    barrier = listen(last_heard, at=patient_gateway)
    change = a_change(RECORDED, union_id)
    bus.published("payments", change)
    event_id = UUID(change.event_id)
    caused = new_id()
    bus.applied("lending", event_id, ("lending.loan.completed.v1", caused))
    bus.applied("reporting", event_id)
    # The gateway hears one after the other, so when this has come all before it has.
    bus.revoked(last_heard.session_id)
    eventually(barrier.is_over.is_set)
    assert listener.changes() == []
    bus.applied("reporting", caused)
    eventually(lambda: listener.changes() == [("loan", change.aggregate_id)])


def test_a_stream_ends_with_its_session(listen: Any, bus: Bus) -> None:
    actor = an_actor(Role.CREDIT_OFFICER)
    ended, other = listen(actor), listen()
    bus.revoked(actor.session_id)
    eventually(ended.is_over.is_set)
    assert ended.events[-1] == ("end", {"reason": "session"})
    assert not other.is_over.is_set()


def test_another_scope_is_heard_of_and_holds_at_once(listen: Any, bus: Bus, services: Services, union_id: UUID) -> None:
    listener = listen()
    gained = new_id()
    services.react("/unions/ids", body={"success": True, "message": "Ids.", "data": [str(gained)]})
    bus.published("membership", a_change("membership.union.assigned.v1", union_id))
    eventually(lambda: listener.names() == ["refresh", "refresh"])
    lost, new = a_change("lending.loan.updated.v1", union_id), a_change("lending.loan.updated.v1", gained)
    bus.published("lending", lost, new)
    eventually(lambda: listener.changes() == [("loan", new.aggregate_id)])


def test_while_nobody_can_say_the_scope_nothing_is_said(
    listen: Any, bus: Bus, services: Services, start_connected: Callable[..., Gateway], union_id: UUID
) -> None:
    gateway = start_connected(GATEWAY_BEAT_SECONDS="0.2")
    listener = listen(at=gateway)
    services.react("/unions/ids", status=503, body={"success": False})
    bus.published("membership", a_change("membership.union.updated.v1", union_id))
    bus.published("lending", a_change("lending.loan.updated.v1", union_id))
    comments = listener.comments
    eventually(lambda: listener.comments > comments + 2)
    assert listener.names() == ["refresh"]
    services.react("/unions/ids", body={"success": True, "message": "Ids.", "data": [str(union_id)]})
    eventually(lambda: listener.names() == ["refresh", "refresh"])


def test_maintenance_ends_the_streams_of_all_but_admins(
    listen: Any, bus: Bus, start_connected: Callable[..., Gateway]
) -> None:
    gateway = start_connected(GATEWAY_BEAT_SECONDS="0.2")
    officer, admin = listen(at=gateway), listen(Role.ADMIN, at=gateway)
    try:
        bus.settings(version=7, maintenanceMode=True, maintenanceMessage=None)
        eventually(officer.is_over.is_set)
        assert not admin.is_over.is_set()
    finally:
        bus.settings(version=8, maintenanceMode=False, maintenanceMessage=None)


def test_a_person_has_a_few_streams_and_the_newest_stay(listen: Any) -> None:
    actor = an_actor(Role.CREDIT_OFFICER)
    listeners = [listen(actor) for _ in range(MOST_OF_PERSON + 1)]
    eventually(listeners[0].is_over.is_set)
    assert listeners[0].events[-1] == ("end", {"reason": "replaced"})
    assert not any(listener.is_over.is_set() for listener in listeners[1:])


def test_a_gateway_that_ends_does_not_wait_for_streams(listen: Any, start_gateway: Start, broker_url: str) -> None:
    gateway = start_gateway(broker_url)
    gateway.wait_until_healthy()
    listener = listen(at=gateway)
    gateway.ask_to_stop()
    eventually(listener.is_over.is_set, seconds=5)
    assert listener.events[-1] == ("end", {"reason": "restart"})
    gateway.wait_until_stopped()


def test_who_is_not_signed_in_hears_nothing(client: Client, officer: Client) -> None:
    assert client.get("/api/stream").status == 401
    assert client.request("HEAD", "/api/stream").status == 401
    refused = officer.post("/api/stream")
    assert (refused.status, refused.header("Allow")) == (405, "GET")


def test_a_stream_is_neither_kept_nor_held_back(listen: Any) -> None:
    listener = listen()
    headers = {name.lower(): value for name, value in listener.response.getheaders()}
    assert headers["content-type"].startswith("text/event-stream")
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
    assert "etag" not in headers

"""What waits on a broker since a release that signed nothing is carried over, once and whole."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu.entity import Exchange, Queue
from kombu.message import Message

from deploy.broker.keys import event_keys
from deploy.broker.provision import sign_waiting
from deploy.database.provision import SERVICES
from deploy.local import rabbitmq
from deploy.local.broker import Broker
from deploy.testing_broker import private_node
from shared.clock import now
from shared.ids import new_id
from shared.messaging import bus
from shared.messaging.events import Envelope, in_json
from shared.messaging.signatures import HEADER, EventKeys, Forged
from shared.testing import eventually

SECRET = "of-this-test-and-no-other"
KEYS = {name: EventKeys.from_text(text) for name, text in event_keys(SECRET).items()}
DEFAULT = Exchange("")


@pytest.fixture(scope="module")
def node() -> Iterator[Broker]:
    if not rabbitmq.is_installed():
        pytest.skip("Needs the programs of RabbitMQ on this machine.")
    with private_node() as broker:
        yield broker


@pytest.fixture
def broker(node: Broker) -> Iterator[Broker]:
    yield node
    with bus.connect(node.url) as connection, connection.channel() as channel:
        channel.exchange_delete("mp.signed")
        for service in SERVICES:
            for queue in (f"mp.{service}", f"mp.{service}.dead"):
                channel.queue_purge(queue)


def an_event(source: str) -> Envelope:
    return Envelope(
        new_id(),
        f"{source}.thing.happened.v1",
        source,
        new_id(),
        1,
        now(),
        None,
        None,
        None,
        in_json({"name": "Ọlá"}),
    )


def leave(broker: Broker, queue: str, *bodies: str) -> None:
    """Leave messages in a queue as the release before did."""
    with bus.connect(broker.url) as connection:
        publisher = bus.publisher(connection, DEFAULT)
        headers = {"x-error": "boom", "x-tries": 9} if queue.endswith(".dead") else {}
        assert not publisher.publish([bus.Message(str(new_id()), queue, body, headers) for body in bodies])


def found(broker: Broker, queue: str, count: int) -> list[Message]:
    """So many messages of a queue; what somebody held when they left comes back a moment later."""
    with bus.connect(broker.url) as connection, connection.channel() as channel:
        eventually(lambda: channel.queue_declare(queue, passive=True).message_count == count)
        return [Queue(queue)(channel).get(no_ack=True) for _ in range(count)]


def test_everything_that_waits_is_signed_by_its_source_and_nothing_is_lost(broker: Broker) -> None:
    events = [an_event(source) for source in SERVICES for _ in range(50)]
    for queue in ("mp.lending", "mp.lending.dead"):
        leave(broker, queue, *(event.to_json() for event in events))
    assert sign_waiting(broker.url, SECRET) == 2 * len(events)
    for queue in ("mp.lending", "mp.lending.dead"):
        messages = found(broker, queue, len(events))
        for message in messages:
            KEYS["lending"].check(Envelope.from_json(message.body), message.body, message.headers)
        assert sorted(str(Envelope.from_json(message.body).id) for message in messages) == sorted(
            str(event.id) for event in events
        )
    assert all(message.headers["x-error"] == "boom" and message.headers["x-tries"] == 9 for message in messages)


def test_what_comes_unsigned_afterwards_stays_unsigned(broker: Broker) -> None:
    sign_waiting(broker.url, SECRET)
    event = an_event("payments")
    leave(broker, "mp.lending", event.to_json())
    assert sign_waiting(broker.url, SECRET) == 0
    (message,) = found(broker, "mp.lending", 1)
    with pytest.raises(Forged):
        KEYS["lending"].check(event, message.body, message.headers)


def test_what_is_no_event_stays_without_a_signature(broker: Broker) -> None:
    leave(broker, "mp.lending.dead", "not json", "[]", an_event("stranger").to_json())
    assert sign_waiting(broker.url, SECRET) == 0
    messages = found(broker, "mp.lending.dead", 3)
    assert all(HEADER not in message.headers for message in messages)


def test_it_runs_by_itself_as_in_compose(broker: Broker, tmp_path: Path) -> None:
    leave(broker, "mp.reporting", an_event("identity").to_json())
    url = tmp_path / "url"
    url.write_text(broker.url)
    environment = {"OPERATOR_BROKER_URL_FILE": str(url), "EVENT_SECRET": SECRET}
    command = [sys.executable, "-m", "deploy.broker.provision"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "1 events that waited unsigned are signed.\n"


def test_a_broker_that_is_away_is_named() -> None:
    environment = {"OPERATOR_BROKER_URL": "amqp://operator:x@127.0.0.1:1//", "EVENT_SECRET": SECRET}
    command = [sys.executable, "-m", "deploy.broker.provision"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("The broker could not be provisioned:")

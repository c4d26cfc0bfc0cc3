"""What operators do to dead letters and to history: nothing gets lost, bounces back, or goes without a trace."""

from dataclasses import dataclass

import pytest
from kombu.entity import Exchange
from sqlalchemy import select

from shared.context import NOBODY
from shared.db import run_transaction
from shared.ids import new_id
from shared.messaging import bus, operations
from shared.messaging.dead_letters import Chosen, discard, list_letters, resend
from shared.messaging.events import Envelope
from shared.messaging.outbox import outbox
from shared.messaging.signatures import HEADER
from shared.testing import event_keys, eventually
from shared.tests.conftest import Happened, happened, numbers_heard
from shared.tests.test_database_away import depth
from shared.tests.test_delivery import dead_letters, tell
from shared.worker import Worker


def ever():
    return operations.span("2020-01-01", None)


@dataclass(frozen=True)
class Unheard(Happened):
    """Which the sample service publishes and does not follow."""

    type = "sample.thing.unheard.v1"


@dataclass(frozen=True)
class Withheld(Happened):
    """Which stays inside."""

    type = "sample.recovery.requested.v1"


@pytest.fixture
def declared(settings, handlers):
    with bus.connect(settings.broker_url) as broker:
        bus.declare(broker, "sample", handlers.event_types)


@pytest.fixture
def letters(settings, declared):
    """Three dead letters: two of one type and one of another, each with its own error."""
    events = [happened(1), happened(2), Unheard(new_id(), 1, 3)]
    keys = event_keys("sample")
    with bus.connect(settings.broker_url) as broker:
        messages = []
        for event, error in zip(events, ["poison", "not yet", "nobody handles it"], strict=True):
            envelope = an_envelope(event)
            body = envelope.to_json()
            headers = {"x-error": error, "x-tries": 9} | keys.sign(body)
            messages.append(bus.Message(str(envelope.id), "mp.sample.dead", body, headers))
        bus.publisher(broker, Exchange("")).publish(messages)
    return [message.id for message in messages]


def an_envelope(event):
    return Envelope.around(event, source="sample", context=NOBODY)


def entries(sessions):
    """(action, metadata, before) of the audit entries told by the sample service."""
    with sessions() as session:
        bodies = session.scalars(select(outbox.c.body).where(outbox.c.type == "sample.audit.recorded.v1"))
        data = [Envelope.from_json(body).data for body in bodies]
    return [(entry["action"], entry["metadata"], entry["before"]) for entry in data]


def test_letters_that_are_looked_at_often_stay_and_are_not_counted_out(settings, letters, capsys):
    """RabbitMQ 4 drops what was delivered twenty times, and each look is a delivery."""
    for _ in range(45):
        assert [letter["id"] for letter in dead_letters(settings, capsys)] == letters
    with bus.connect(settings.broker_url) as broker:
        queue = bus.dead_letter_queue("sample")(broker.default_channel)
        looked_at = [queue.get(no_ack=False) for _ in letters]
        assert max(int(message.headers.get("x-delivery-count", 0)) for message in looked_at) < 20
        assert [message.headers["x-error"] for message in looked_at] == ["poison", "not yet", "nobody handles it"]
        assert all(HEADER in message.headers for message in looked_at)


@pytest.mark.parametrize(
    ("chosen", "gone"),
    [
        pytest.param(lambda ids: Chosen(id=ids[1]), [1], id="by id"),
        pytest.param(lambda ids: Chosen(type="sample.thing.happened.v1"), [0, 1], id="by type"),
        pytest.param(lambda ids: Chosen(error="nobody handles"), [2], id="by reason"),
        pytest.param(lambda ids: Chosen(type=Unheard.type, error="poison"), [], id="by both"),
    ],
)
def test_letters_are_discarded_by_id_or_kind_with_a_reason_that_is_audited(
    sessions, settings, letters, capsys, chosen, gone
):
    discarded = dead_letters(settings, capsys, discard, chosen(letters), reason="not ours", by="ada")
    assert [letter["id"] for letter in discarded] == [letters[index] for index in gone]
    left = [letters[index] for index in range(3) if index not in gone]
    assert [letter["id"] for letter in dead_letters(settings, capsys)] == left
    assert [(action, metadata) for action, metadata, _ in entries(sessions)] == [
        ("DEAD_LETTER_DISCARDED", {"operator": "ada", "reason": "not ours"}) for _ in gone
    ]
    assert [before["id"] for *_, before in entries(sessions)] == [letters[index] for index in gone]


@pytest.mark.parametrize("reason", ["", "  "])
def test_nothing_is_discarded_without_a_reason(sessions, settings, letters, capsys, reason):
    with pytest.raises(operations.Refused, match="reason"):
        discard("sample", settings, Chosen(id=letters[0]), reason=reason, by="ada")
    assert len(dead_letters(settings, capsys)) == 3
    assert entries(sessions) == []


def test_only_the_chosen_letters_are_sent_again(sessions, settings, letters, capsys):
    dead_letters(settings, capsys, resend, Chosen(error="poison"), by="ada")
    assert [letter["id"] for letter in dead_letters(settings, capsys)] == letters[1:]
    eventually(lambda: depth(settings, "mp.sample") == 1)
    assert [entry[:2] for entry in entries(sessions)] == [("DEAD_LETTERS_RESENT", {"operator": "ada", "letters": 1})]


def test_a_queue_that_is_not_there_is_said_so(settings):
    with pytest.raises(operations.Refused, match=r"mp\.sample\.dead"):
        list_letters("sample", settings, Chosen())


def test_a_replay_respects_what_the_queue_is_bound_to(sessions, settings, handlers, declared, capsys):
    """What nobody there handles would become dead letters, which come back when they are sent again."""
    tell(sessions, 1, 2)
    run_transaction(sessions, "sample", lambda uow: uow.publish(Unheard(new_id(), 1, 3)))
    worker = Worker(handlers, settings)
    worker.start()
    try:
        eventually(lambda: numbers_heard(sessions) == [1, 2])
        with sessions.begin() as session:
            session.connection().exec_driver_sql("DELETE FROM heard; DELETE FROM inbox")
        operations.replay("sample", settings, ever(), to="mp.sample", by="ada")
        assert "2 events sent to mp.sample; 1 passed over" in capsys.readouterr().out
        eventually(lambda: numbers_heard(sessions) == [1, 2])
        assert dead_letters(settings, capsys) == []
        ((action, metadata, _),) = entries(sessions)
        assert (action, metadata["to"], metadata["events"]) == ("EVENTS_REPLAYED", "mp.sample", 2)
    finally:
        worker.stop()


def test_a_replay_counts_only_what_may_go_outside(sessions, settings, capsys):
    run_transaction(sessions, "sample", lambda uow: [uow.publish(fact(new_id(), 1, 3)) for fact in (Unheard, Withheld)])
    with bus.connect(settings.broker_url) as broker, broker.channel() as channel:
        channel.queue_declare("theirs", durable=True, auto_delete=False)
        try:
            operations.replay("sample", settings, ever(), to="theirs", all_types=True, by="ada")
            assert "1 events sent to theirs; 0 passed over" in capsys.readouterr().out
            eventually(lambda: depth(settings, "theirs") == 1)
        finally:
            channel.queue_delete("theirs")
    ((_, metadata, _),) = entries(sessions)
    assert metadata["events"] == 1


def test_a_replay_of_all_types_is_what_was_asked_for(sessions, settings, declared, capsys):
    run_transaction(sessions, "sample", lambda uow: uow.publish(Unheard(new_id(), 1, 3)))
    operations.replay("sample", settings, ever(), to="mp.sample", all_types=True, by="ada")
    eventually(lambda: depth(settings, "mp.sample") == 1)


def test_a_replay_to_a_queue_of_unknown_bindings_wants_types(sessions, settings, capsys):
    tell(sessions, 1)
    run_transaction(sessions, "sample", lambda uow: uow.publish(Unheard(new_id(), 1, 3)))
    with bus.connect(settings.broker_url) as broker, broker.channel() as channel:
        channel.queue_declare("theirs", durable=True, auto_delete=False)
        try:
            with pytest.raises(operations.Refused, match="--type"):
                operations.replay("sample", settings, ever(), to="theirs", by="ada")
            assert depth(settings, "theirs") == 0
            limited = operations.span("2020-01-01", None, [Unheard.type])
            operations.replay("sample", settings, limited, to="theirs", by="ada")
            eventually(lambda: depth(settings, "theirs") == 1)
        finally:
            channel.queue_delete("theirs")

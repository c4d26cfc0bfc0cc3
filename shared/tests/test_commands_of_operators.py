"""The command line of a service, as an operator types it."""

import json
from pathlib import Path

import pytest
from kombu.entity import Exchange

from shared import cli
from shared.cli import ServiceParts, main
from shared.context import NOBODY
from shared.messaging import bus
from shared.messaging.events import Envelope
from shared.settings import BaseSettings
from shared.tests.conftest import happened
from shared.tests.test_dead_letters import entries


@pytest.fixture
def run(settings, handlers, monkeypatch, capsys):
    """Runs a command of the sample service; returns what it printed, line by line."""
    surroundings = {
        "DATABASE_URL": settings.database_url,
        "BROKER_URL": settings.broker_url,
        "JWKS_URL": settings.jwks_url,
        "INTERNAL_SECRET": settings.internal_secret,
        "BIND": settings.bind,
        "ENVIRONMENT": settings.environment,
        "EVENT_KEYS": settings.event_keys,
    }
    for name, value in surroundings.items():
        monkeypatch.setenv(f"SAMPLE_{name}", value)
    # It would write to this test's output for as long as the process of all tests lives.
    monkeypatch.setattr(cli, "configure_logging", lambda *_: None)
    sample = ServiceParts("sample", Path(), BaseSettings, handlers, "", lambda _: None)

    def run(*arguments):
        capsys.readouterr()
        main(sample, arguments)
        return capsys.readouterr().out.splitlines()

    return run


@pytest.fixture
def letter(settings, handlers):
    """The id of a dead letter."""
    envelope = Envelope.around(happened(1), source="sample", context=NOBODY)
    with bus.connect(settings.broker_url) as broker:
        bus.declare(broker, "sample", handlers.event_types)
        message = bus.Message(str(envelope.id), "mp.sample.dead", envelope.to_json(), {"x-error": "poison"})
        bus.publisher(broker, Exchange("")).publish([message])
    return message.id


def test_a_dead_letter_is_listed_and_discarded(sessions, run, letter):
    assert [json.loads(line)["id"] for line in run("dead-letters", "list")] == [letter]
    run("dead-letters", "discard", "--error", "poison", "--reason", "a test", "--by", "ada")
    assert run("dead-letters", "list") == []
    assert entries(sessions)[0][:2] == ("DEAD_LETTER_DISCARDED", {"operator": "ada", "reason": "a test"})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--reason", "all of them"], "Say which"),
        (["--type", "sample.thing.happened.v1"], "reason"),
    ],
)
def test_discarding_wants_a_choice_and_a_reason(sessions, run, letter, arguments, said):
    with pytest.raises(SystemExit, match=said):
        run("dead-letters", "discard", *arguments)
    assert len(run("dead-letters", "list")) == 1


def test_a_replay_says_what_it_sent_and_what_it_passed_over(sessions, run, letter):
    (said,) = run("replay-events", "--to", "mp.sample", "--since", "2020-01-01", "--by", "ada")
    assert said == "0 events sent to mp.sample; 0 passed over, of types it is not bound to"
    assert entries(sessions)[0][1]["operator"] == "ada"

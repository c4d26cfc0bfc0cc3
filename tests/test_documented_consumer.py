"""The example consumer of the documentation, run as it stands there, with the rights the documentation gives it."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import amqp
import pytest
from kombu import Connection, Exchange, Queue

from deploy.broker.subscribers import Subscribers
from deploy.local import rabbitmq
from deploy.local.folder import CODE
from deploy.local.state import read_state
from shared.messaging import bus
from shared.testing import eventually

DOCUMENT = Path(__file__).parent.parent / "docs" / "events.md"
# Of the connection, in place of the 10 of the example, so that a quiet time that kills is a short one.
HEARTBEAT_SECONDS = 4


class Example:
    """The program of the documentation as it runs, and what it has added up."""

    def __init__(self, folder: Path, url: str) -> None:
        (program,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
        assert len(program.splitlines()) < 40
        path = folder / "consumer.py"
        path.write_text(program)
        self._store = folder / "collections.db"
        command = [sys.executable, str(path), f"{url}?heartbeat={HEARTBEAT_SECONDS}"]
        self.process = subprocess.Popen(command, cwd=folder, stderr=(folder / "errors").open("w"))
        self.errors = folder / "errors"

    def collected(self) -> int:
        """Kobo added up so far."""
        assert self.process.poll() is None, self.errors.read_text()
        with suppress(sqlite3.OperationalError), sqlite3.connect(f"file:{self._store}?mode=ro", uri=True) as store:
            return store.execute("SELECT sum(kobo) FROM collected").fetchone()[0] or 0
        return 0


@pytest.fixture(scope="module")
def url(platform):
    """What the documentation has an operator make for the example."""
    if not platform.broker.node:
        pytest.skip("Needs a private node, whose users can be made.")
    subscribers = Subscribers(partial(rabbitmq.control, platform.broker.node))
    password = subscribers.add("analytics", ["payments.repayment.*.v1", "lending.loan.disbursed.v1"])
    return bus.outside(f"amqp://analytics:{password}@{platform.broker.url.rpartition('@')[2]}")


@pytest.fixture
def example(tmp_path, url):
    example = Example(tmp_path, url)
    yield example
    example.process.kill()
    example.process.wait()


def pay_until_seen(team, loan, example) -> None:
    """The store is there only once the consumer has made it."""

    def paid_and_seen():
        team.pay(loan["id"], "1.23").accepted()
        return example.collected() > 0

    eventually(paid_and_seen, seconds=20)


def pay_and_see(team, loan, example, amount) -> None:
    before, kobo = example.collected(), int(amount.replace(".", ""))
    team.pay(loan["id"], amount).accepted()
    eventually(lambda: (example.collected() - before) % 123 == kobo % 123 and example.collected() >= before + kobo)


def test_the_example_adds_up_what_is_collected(example, team):
    loan = team.active_loan()
    pay_until_seen(team, loan, example)
    pay_and_see(team, loan, example, "100.50")


def wait_as_long_as_silence_is_borne(url: str) -> None:
    """Until the broker hangs up on a connection of that heartbeat which sends none: so long it has been quiet."""
    with Connection(f"{url}?heartbeat={HEARTBEAT_SECONDS}") as silent:
        silent.connect()
        with suppress(ConnectionError, amqp.ConnectionError):
            while True:
                silent.drain_events()


def test_the_example_lives_through_quiet_times(example, url, team):
    loan = team.active_loan()
    pay_until_seen(team, loan, example)
    wait_as_long_as_silence_is_borne(url)
    pay_and_see(team, loan, example, "200.50")


def test_the_example_passes_over_what_it_does_not_know(example, platform, team):
    loan = team.active_loan()
    pay_until_seen(team, loan, example)
    with bus.connect(bus.outside(platform.broker.url)) as broker:
        other = json.dumps({"id": "1", "type": "payments.charge.added.v1", "data": {"new": True}})
        bus.publisher(broker, Exchange("")).publish([bus.Message("1", "analytics", other)])
    pay_and_see(team, loan, example, "300.50")


def test_a_replay_brings_the_past_to_a_queue_outside_as_it_is_bound(platform, team, url):
    """Of all that payments has told, a subscriber that came late gets what it follows."""
    subscribers = Subscribers(partial(rabbitmq.control, platform.broker.node))
    loan = team.active_loan()
    team.pay(loan["id"], "7.00").accepted()
    subscribers.add("latecomer", ["payments.repayment.recorded.v1"])
    environment = {**os.environ, **read_state(platform.root).environment}
    command = "replay-events --to latecomer --since 2020-01-01"
    done = subprocess.run(
        [sys.executable, "-m", "services.payments", *command.split()],
        env=environment, cwd=CODE, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "events sent to latecomer" in done.stdout
    with bus.connect(bus.outside(platform.broker.url)) as broker, broker.channel() as channel:
        queue, types = Queue("latecomer")(channel), set()
        while (message := queue.get(no_ack=True)) is not None:
            types.add(json.loads(message.body)["type"])
    subscribers.remove("latecomer")
    assert types == {"payments.repayment.recorded.v1"}

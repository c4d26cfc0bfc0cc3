"""`bin/mp subscribers add|list|remove`: who may follow which events from outside.

A subscriber gets a queue that is made here, bound to what it may follow, and a user who may read it and nothing else:
on RabbitMQ whoever may make a queue may make an exchange as well, and publish, and keep as much as the disk holds.
"""

import argparse
import json
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from kombu.entity import Exchange

from deploy.broker.definitions import (
    BOUNDED,
    FORWARDER,
    INSIDE,
    MOST_SUBSCRIBERS,
    NOTHING,
    OPERATOR,
    USERS,
    Definition,
    binding_in,
    exchange_in,
    permission,
    queue_in,
    user,
)
from deploy.local.folder import root_folder
from deploy.local.state import read_state
from shared.messaging import bus
from shared.messaging.contracts import EVERY_TYPE, promised
from shared.messaging.operations import operator_name

_NAME = re.compile(r"[a-z][a-z0-9_-]{1,30}")
_WORD = r"[a-z0-9_]+|\*|#"
_PATTERN = re.compile(rf"({_WORD})(\.({_WORD}))*")
# Where deploy/docker/subscribers.yml has it listen, unless `--address` says otherwise.
_COMPOSE = "localhost:5672"
# At once, of one subscriber.
_LIMITS = {"max-connections": 5, "max-channels": 20}
# For how long somebody may hold on to what they took without acknowledging it; RabbitMQ 3.10 knows no such argument.
_HELD = {"x-consumer-timeout": 30 * 60 * 1000}

_Exported = dict[str, list[dict[str, Any]]]
# Runs rabbitmqctl with arguments and something to read, and returns what it printed.
Control = Callable[[Sequence[str], str], str]


class Refused(Exception):
    """The command cannot be carried out; the message says why."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Somebody outside, and the types of events that their queue gets, as patterns."""

    name: str
    types: tuple[str, ...]


class Subscribers:
    """Those of one broker."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def all(self) -> list[Subscriber]:
        """Everybody there is, by name."""
        return _subscribers_in(self._definitions())

    def add(self, name: str, types: Sequence[str]) -> str:
        """Make a subscriber, and return the password, which is kept nowhere. Raises Refused."""
        if not _NAME.fullmatch(name) or name in USERS:
            raise Refused(f"{name!r} is no name for a subscriber: 2 to 31 small letters, digits, - and _.")
        for pattern in types:
            _check(pattern)
        definitions = self._definitions()
        if any(row["name"] == name for row in definitions["users"]):
            raise Refused(f"There is a user {name} already.")
        if len(_subscribers_in(definitions)) >= MOST_SUBSCRIBERS:
            raise Refused(f"There are {MOST_SUBSCRIBERS} subscribers already, and no more can be had.")
        password = secrets.token_urlsafe(24)
        self._control(["import_definitions"], json.dumps(_definitions_of(name, password, types)))
        return password

    def remove(self, name: str) -> tuple[Subscriber, list[str]]:
        """Take away a subscriber with what waits for it; returns it, and the patterns nobody follows any more."""
        everybody = self.all()
        gone = next((somebody for somebody in everybody if somebody.name == name), None)
        if gone is None:
            raise Refused(f"There is no subscriber {name}.")
        # First the user, so that nobody reads while the queue goes.
        self._control(["delete_user", name], "")
        self._control(["delete_queue", name, "--vhost", bus.OUTSIDE], "")
        followed = {pattern for somebody in everybody if somebody.name != name for pattern in somebody.types}
        return gone, [pattern for pattern in gone.types if pattern not in followed]

    def _definitions(self) -> _Exported:
        exported: _Exported = json.loads(self._control(["export_definitions", "-"], ""))
        return exported


def _subscribers_in(definitions: _Exported) -> list[Subscriber]:
    bindings = [row for row in definitions["bindings"] if row["vhost"] == bus.OUTSIDE]
    outside = [row for row in bindings if row["source"] == bus.EVENTS.name]
    users = {row["user"] for row in definitions["permissions"] if row["vhost"] == bus.OUTSIDE}
    return [
        Subscriber(name, tuple(sorted(row["routing_key"] for row in outside if row["destination"] == name)))
        for name in sorted(users - {OPERATOR, FORWARDER})
    ]


def _check(pattern: str) -> None:
    if not _PATTERN.fullmatch(pattern):
        raise Refused(f"{pattern!r} is no pattern of types, such as payments.# or lending.loan.*.v1.")
    if not any(matches(pattern, event_type) for event_type in promised(EVERY_TYPE)):
        raise Refused(f"No service publishes {pattern!r}; what there is stands under services/*/contracts.")
    if all(bus.is_withheld(event_type) for event_type in promised(EVERY_TYPE) if matches(pattern, event_type)):
        raise Refused(f"{pattern!r} stays inside: it helps somebody into an account.")


def matches(pattern: str, event_type: str) -> bool:
    """Whether a topic exchange would route this type by this pattern."""
    pieces = [{"*": r"\.[^.]+", "#": r"(\.[^.]+)*"}.get(word, rf"\.{re.escape(word)}") for word in pattern.split(".")]
    return re.fullmatch("".join(pieces), f".{event_type}") is not None


def _definitions_of(name: str, password: str, types: Sequence[str]) -> Definition:
    own = Exchange(name, "topic", durable=True)
    return {
        "users": [user(name, password) | {"limits": _LIMITS}],
        "permissions": [permission(name, NOTHING, NOTHING, rf"^{re.escape(name)}$", bus.OUTSIDE)],
        "queues": [queue_in(bus.OUTSIDE, name, BOUNDED | _HELD)],
        # Through its own exchange comes what is replayed to it alone.
        "exchanges": [exchange_in(bus.OUTSIDE, own)],
        "bindings": [
            *(binding_in(bus.OUTSIDE, source, name, key) for source in (bus.EVENTS.name, name) for key in types),
            *(binding_in(INSIDE, bus.EVENTS.name, bus.FEED, key) for key in types),
        ],
    }


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    subscribers = Subscribers(_rabbitmqctl)
    try:
        match options.command:
            case "add":
                password = subscribers.add(options.name, options.types)
                _note("added", options.name, options.types, [], options.by)
                print(f"{_usual_scheme()}://{options.name}:{password}@{options.address}/{bus.OUTSIDE}")
                print("The password is shown this once. The queue is called like the user.", file=sys.stderr)
            case "list":
                for somebody in subscribers.all():
                    print(json.dumps({"name": somebody.name, "types": somebody.types}))
            case "remove":
                gone, unfollowed = subscribers.remove(options.name)
                _note("removed", gone.name, gone.types, unfollowed, options.by)
    except Refused as error:
        sys.exit(f"subscribers: {error}")


def _note(what: str, name: str, types: Sequence[str], stop: Sequence[str], by: str) -> None:
    _mp("run", FORWARDER, "note-subscriber", what, name, "--by", by, "--types", *types, "--stop", *stop)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/mp subscribers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="make a subscriber and its queue, and print the URL with its password")
    add.add_argument("name")
    add.add_argument("--types", nargs="+", required=True, help="patterns of types, such as 'payments.#'")
    add.add_argument(
        "--address", default=_usual_address(), help="where the subscriber reaches the broker; default: %(default)s"
    )
    commands.add_parser("list", help="one JSON object a line")
    remove = commands.add_parser("remove", help="take away a subscriber with what waits for it")
    remove.add_argument("name")
    for command in (add, remove):
        command.add_argument("--by", default=operator_name(), help="who does this; default: %(default)s")
    return parser


def _usual_address() -> str:
    state = read_state(root_folder())
    return state.parts.get("rabbitmq", _COMPOSE) if state else _COMPOSE


def _usual_scheme() -> str:
    state = read_state(root_folder())
    return urlsplit(state.environment["OPERATOR_BROKER_URL"]).scheme if state else "amqp"


def _rabbitmqctl(arguments: Sequence[str], text: str) -> str:
    return _mp("rabbitmqctl", "-q", *arguments, text=text)


def _mp(*arguments: str, text: str = "") -> str:
    command = [sys.executable, "-m", "deploy.mp", *arguments]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused((done.stderr or done.stdout).strip())
    return done.stdout


if __name__ == "__main__":
    main()

"""Who may do what on the broker, as a definitions file that RabbitMQ loads each time it starts.

Queues and exchanges are made here as well: whoever may make a queue may have its dead letters published under any key.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kombu.entity import Exchange

from deploy.broker.keys import EVERYBODY, GATEWAY
from deploy.database.provision import SERVICES
from shared.messaging import bus

OPERATOR = "operator"
# The one user of the first release, whose processes may still run while those of this one start.
RETIRED = "millenium"
INSIDE = "/"
USERS = (OPERATOR, *EVERYBODY)
_NOTHING, _ANYTHING = "^$", ".*"

Definition = dict[str, Any]


def definitions(passwords: Mapping[str, str]) -> str:
    """The JSON text of a definitions file, for the passwords of USERS."""
    return json.dumps(
        {
            "vhosts": [{"name": INSIDE}],
            "users": [*(_user(name, passwords[name]) for name in USERS), _RETIRED_USER],
            "permissions": list(_permissions()),
            "topic_permissions": list(_topic_permissions()),
            "exchanges": [_exchange(exchange) for exchange in (*bus.SHARED, *map(bus.own_exchange, SERVICES))],
            "queues": [queue for service in SERVICES for queue in _queues(service)],
            "bindings": [_dead_letters(service) for service in SERVICES],
        },
        indent=1,
    )


def password_hash(name: str, password: str) -> str:
    """A password as RabbitMQ keeps it: four bytes of salt, then SHA-256 of salt and password, in base64.

    The salt follows from both, so that the same passwords make the same file; they are long and random, and need none.
    """
    salt = hashlib.sha256(f"salt of {name} {password}".encode()).digest()[:4]
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _user(name: str, password: str) -> Definition:
    return {
        "name": name,
        "password_hash": password_hash(name, password),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": ["administrator"] if name == OPERATOR else [],
    }


# Without a hash no password lets anybody in.
_RETIRED_USER: Definition = {"name": RETIRED, "password_hash": "", "tags": []}


def _permissions() -> Iterator[Definition]:
    yield _permission(OPERATOR, _ANYTHING, _ANYTHING, _ANYTHING)
    for service in SERVICES:
        own = rf"mp\.{service}(\.dead)?"
        # To bind a queue is to write to it and to read the exchange. What it may make it may not read, so that it is
        # no queue or exchange that passes messages on.
        yield _permission(
            service, rf"^mp\.{service}\.ready$", rf"^({own}|mp\.events|mp\.signals)$", rf"^({own}|mp\.events)$"
        )
    queues = rf"^mp\.{GATEWAY}\."
    yield _permission(GATEWAY, queues, queues, rf"({queues}|^mp\.events$|^mp\.signals$)")


def _topic_permissions() -> Iterator[Definition]:
    for service in SERVICES:
        yield _topic(service, bus.EVENTS.name, write=rf"^{service}\.", read=_ANYTHING)
        # Bound to another exchange its own would pass on what is sent to it, so that must be nothing but dead letters.
        yield _topic(service, bus.own_exchange(service).name, write=rf"^{service}$", read=_ANYTHING)
        yield _topic(service, bus.SIGNALS.name, write=rf"^(applied|heartbeat)\.{service}$", read=_NOTHING)
    yield _topic(GATEWAY, bus.EVENTS.name, write=_NOTHING, read=r"^identity\.(session|settings)\.")
    yield _topic(GATEWAY, bus.SIGNALS.name, write=_NOTHING, read=_ANYTHING)


def _permission(user: str, configure: str, write: str, read: str) -> Definition:
    return {"user": user, "vhost": INSIDE, "configure": configure, "write": write, "read": read}


def _topic(user: str, exchange: str, *, write: str, read: str) -> Definition:
    return {"user": user, "vhost": INSIDE, "exchange": exchange, "write": write, "read": read}


def _exchange(exchange: Exchange) -> Definition:
    kept = {"durable": exchange.durable, "auto_delete": False, "internal": False, "arguments": {}}
    return {"name": exchange.name, "vhost": INSIDE, "type": exchange.type, **kept}


def _queues(service: str) -> Iterable[Definition]:
    for queue in (bus.service_queue(service, ()), bus.dead_letter_queue(service)):
        kept = {"durable": True, "auto_delete": False, "arguments": queue.as_dict()["queue_arguments"]}
        yield {"name": queue.name, "vhost": INSIDE, **kept}


def _dead_letters(service: str) -> Definition:
    queue = bus.dead_letter_queue(service)
    return {
        "source": bus.DEAD.name,
        "vhost": INSIDE,
        "destination": queue.name,
        "destination_type": "queue",
        "routing_key": queue.routing_key,
        "arguments": {},
    }

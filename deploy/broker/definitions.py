"""Who may do what on the broker, as a definitions file that RabbitMQ loads each time it starts.

Queues and exchanges are made here as well: whoever may make a queue may have its dead letters published under any key.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
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
NOTHING, _ANYTHING = "^$", ".*"
# The service whose workers pass events on to subscribers.
FORWARDER = "reporting"
MOST_SUBSCRIBERS = 20
_MOST_EVENTS, _MOST_BYTES = 100_000, 50_000_000
# Of a queue outside, and of the one that feeds all of them: it never refuses anything, and forgets the oldest.
BOUNDED = {
    "x-queue-type": "quorum",
    "x-overflow": "drop-head",
    "x-max-length": _MOST_EVENTS,
    "x-max-length-bytes": _MOST_BYTES,
}
# The same for any queue that an operator makes there by hand.
_BOUNDS = {"definition": {"max-length": _MOST_EVENTS, "max-length-bytes": _MOST_BYTES}, "priority": 0}

Definition = dict[str, Any]


def definitions(passwords: Mapping[str, str]) -> str:
    """The JSON text of a definitions file, for the passwords of USERS."""
    return json.dumps(
        {
            "vhosts": [{"name": INSIDE}, {"name": bus.OUTSIDE}],
            "users": [*(user(name, passwords[name]) for name in USERS), _RETIRED_USER],
            "permissions": list(_permissions()),
            "topic_permissions": list(_topic_permissions()),
            "exchanges": [
                *(exchange_in(INSIDE, exchange) for exchange in (*bus.SHARED, *map(bus.own_exchange, SERVICES))),
                exchange_in(bus.OUTSIDE, bus.EVENTS),
            ],
            "queues": [
                *(queue for service in SERVICES for queue in _queues(service)),
                queue_in(INSIDE, bus.FEED, BOUNDED),
            ],
            "parameters": [
                _outside("vhost-limits", "limits", {"max-queues": MOST_SUBSCRIBERS, "max-connections": 100}),
                _outside("operator_policy", "bounds", {"pattern": _ANYTHING, "apply-to": "queues", **_BOUNDS}),
            ],
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


def user(name: str, password: str) -> Definition:
    """Somebody who may sign in, as an entry of the definitions."""
    return {
        "name": name,
        "password_hash": password_hash(name, password),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": ["administrator"] if name == OPERATOR else [],
    }


# Without a hash no password lets anybody in.
_RETIRED_USER: Definition = {"name": RETIRED, "password_hash": "", "tags": []}


def _permissions() -> Iterator[Definition]:
    for vhost in (INSIDE, bus.OUTSIDE):
        yield permission(OPERATOR, _ANYTHING, _ANYTHING, _ANYTHING, vhost)
    yield permission(FORWARDER, NOTHING, rf"^{re.escape(bus.EVENTS.name)}$", NOTHING, bus.OUTSIDE)
    for service in SERVICES:
        own = rf"mp\.{service}(\.dead)?"
        feed = rf"|{re.escape(bus.FEED)}" if service == FORWARDER else ""
        # To bind a queue is to write to it and to read the exchange. What it may make it may not read, so that it is
        # no queue or exchange that passes messages on.
        # Nothing comes of writing to what says that a service is ready; but some right is needed to see it.
        yield permission(
            service,
            rf"^mp\.{service}\.ready$",
            rf"^({own}|mp\.events|mp\.signals|mp\.[a-z]+\.ready)$",
            rf"^({own}|mp\.events{feed})$",
        )
    queues = rf"^mp\.{GATEWAY}\."
    yield permission(GATEWAY, queues, queues, rf"({queues}|^mp\.events$|^mp\.signals$)")


def _topic_permissions() -> Iterator[Definition]:
    for service in SERVICES:
        yield _topic(service, bus.EVENTS.name, write=rf"^{service}\.", read=_ANYTHING)
        # Bound to another exchange its own would pass on what is sent to it, so that must be nothing but dead letters.
        yield _topic(service, bus.own_exchange(service).name, write=rf"^{service}$", read=_ANYTHING)
        yield _topic(service, bus.SIGNALS.name, write=rf"^(applied|heartbeat)\.{service}$", read=NOTHING)
    yield _topic(GATEWAY, bus.EVENTS.name, write=NOTHING, read=r"^identity\.(session|settings)\.")
    yield _topic(GATEWAY, bus.SIGNALS.name, write=NOTHING, read=_ANYTHING)


def permission(user: str, configure: str, write: str, read: str, vhost: str = INSIDE) -> Definition:
    """What a user may make, write to and read, as an entry of the definitions."""
    return {"user": user, "vhost": vhost, "configure": configure, "write": write, "read": read}


def _topic(user: str, exchange: str, *, write: str, read: str) -> Definition:
    return {"user": user, "vhost": INSIDE, "exchange": exchange, "write": write, "read": read}


def exchange_in(vhost: str, exchange: Exchange) -> Definition:
    """An exchange as an entry of the definitions."""
    kept = {"durable": exchange.durable, "auto_delete": False, "internal": False, "arguments": {}}
    return {"name": exchange.name, "vhost": vhost, "type": exchange.type, **kept}


def queue_in(vhost: str, name: str, arguments: Mapping[str, Any]) -> Definition:
    """A durable queue as an entry of the definitions."""
    return {"name": name, "vhost": vhost, "durable": True, "auto_delete": False, "arguments": arguments}


def binding_in(vhost: str, source: str, queue: str, key: str) -> Definition:
    """A binding of a queue to an exchange as an entry of the definitions."""
    place = {"vhost": vhost, "destination_type": "queue", "arguments": {}}
    return {"source": source, "destination": queue, "routing_key": key, **place}


def _outside(component: str, name: str, value: Mapping[str, Any]) -> Definition:
    return {"component": component, "name": name, "vhost": bus.OUTSIDE, "value": value}


def _queues(service: str) -> Iterator[Definition]:
    for queue in (bus.service_queue(service, ()), bus.dead_letter_queue(service)):
        yield queue_in(INSIDE, queue.name, queue.as_dict()["queue_arguments"])


def _dead_letters(service: str) -> Definition:
    queue = bus.dead_letter_queue(service)
    return binding_in(INSIDE, bus.DEAD.name, queue.name, queue.routing_key)

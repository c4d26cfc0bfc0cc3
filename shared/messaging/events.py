"""Facts the services tell each other, how they are declared, and the envelope they travel in.

The declaration of an event is its promise: `make contracts` writes `services/<name>/contracts/<type>.json` from it.

    @dataclass(frozen=True)
    class MemberCreated(Event):
        # The docstring of the class is what the contract says of the event.
        type = "membership.member.created.v1"
        # The type of a field says what kind it is. A text describes it, a dict adds words of JSON Schema.
        member_id: UUID
        code: Annotated[str, "Never changes.", {"pattern": "^MEM[0-9]{6,}$"}]
        # Written in all events of today, but not in older ones.
        officer_id: Annotated[UUID, ADDED]
        # Left out while it is UNSET.
        note: str | UnsetType = UNSET
        # A TypedDict is an object.
        details: MemberDetails
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, auto
from functools import cache
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

import msgspec
import orjson
from msgspec import UNSET

from shared.clock import now
from shared.context import Context
from shared.ids import new_id


class _Mark(Enum):
    ADDED = auto()
    EVERY_FIELD = auto()


ADDED = _Mark.ADDED
"""Marks a field that older events of the same version do not have, so that its contract does not require it."""
EVERY_FIELD = _Mark.EVERY_FIELD
"""Marks an object that here has all its fields, those included that may otherwise be left out."""


def one_of(*values: str | None) -> dict[str, Any]:
    """Of a field that holds one of these texts."""
    return {"enum": list(values)}


def values_of(kind: Iterable[Enum]) -> dict[str, Any]:
    """Of a field that holds the value of one of the members of an enumeration."""
    return one_of(*(member.value for member in kind))


@dataclass(frozen=True)
class Event:
    """A fact about the past. A subclass names its `type` and adds the fields of its data.

    `version` counts the events of its aggregate from 1, so that a reader can tell newer from older.
    """

    type: ClassVar[str]
    aggregate_id: UUID
    version: int

    @classmethod
    def about(cls, row: Any, **fields_of_its_own: Any) -> Self:
        """The event about a row, which has an id and a version, as it stands now.

        A field that is not given, and has no default, is the attribute of that name.
        """
        needed = _needed(cls)  # type: ignore[arg-type]  # mypy takes classes of their own kind for unhashable
        names = (name for name in needed if name not in fields_of_its_own)
        return cls(aggregate_id=row.id, **{name: getattr(row, name) for name in names}, **fields_of_its_own)

    def data_in_json(self) -> msgspec.Raw:
        """The fields beyond the aggregate and its version, in JSON; without those that are UNSET."""
        return in_json(
            {
                name: value
                for name, value in vars(self).items()
                if name not in {"aggregate_id", "version"} and value is not UNSET
            }
        )


E = TypeVar("E", bound=Event)


def of_service(event: type[E], service: str) -> type[E]:
    """An event that several services publish, as this one does: the event's own `type` leaves the service out."""
    return type(event.__name__, (event,), {"type": f"{service}.{event.type}", "__doc__": event.__doc__})


@cache
def _needed(kind: type[Event]) -> tuple[str, ...]:
    """The fields of an event that have no default, but for the one that every row has by another name."""
    return tuple(field.name for field in fields(kind) if field.default is MISSING and field.name != "aggregate_id")


def plain(value: Any) -> Any:
    """A value as JSON carries it: money as a string with two decimals, times as ISO 8601 in UTC."""
    # Writing and reading JSON takes half the time of going through a nested value in Python.
    return orjson.loads(_json(value))


def in_json(data: Mapping[str, Any]) -> msgspec.Raw:
    """What an envelope carries, in JSON (see `plain`)."""
    return msgspec.Raw(_json(data))


def _json(value: Any) -> bytes:
    return orjson.dumps(value, _as_text, orjson.OPT_PASSTHROUGH_DATETIME)


def _as_text(value: Any) -> str:
    match value:
        case Decimal():
            text = str(value)
            if text[-3:-2] == ".":
                return text
            # Only infinities and what is not a number have a letter for an exponent, and no event carries those.
            return f"{value:.2f}" if value.as_tuple().exponent >= -2 else text  # type: ignore[operator]
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
    raise TypeError(f"No event carries a {type(value).__name__}.")


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """An event on its way: what happened, to what, when, and on whose behalf.

    What happened stays JSON, of which each handler reads what it needs.
    """

    id: UUID
    type: str
    source: str
    aggregate_id: UUID
    version: int
    occurred_at: datetime
    actor_id: UUID | None
    request_id: str | None
    traceparent: str | None
    contents: msgspec.Raw = msgspec.field(name="data")
    # Who acted in the actor's name, if somebody did.
    impersonator_id: UUID | None = None
    # The epoch of the source (see `shared.epochs`); the relay writes it into the event it publishes.
    epoch: int = 0

    @classmethod
    def around(cls, event: Event, *, source: str, context: Context) -> Self:
        actor = context.actor
        return cls(
            new_id(),
            event.type,
            source,
            event.aggregate_id,
            event.version,
            now(),
            actor.id if actor else context.actor_id,
            context.request_id,
            context.traceparent,
            event.data_in_json(),
            actor.impersonator_id if actor else context.impersonator_id,
        )

    @classmethod
    def from_json(cls, body: bytes | str) -> "Envelope":
        """Read an envelope. Raises ValueError when it is not one."""
        text = body if isinstance(body, str) else str(body, "utf-8")
        try:
            envelope = _decode(text)
        except (msgspec.MsgspecError, RecursionError):
            return cls._from_older_json(text)
        if memoryview(envelope.contents)[0] != _OBJECT:
            raise ValueError("Not an event envelope: its data are no object")
        return envelope

    @classmethod
    def _from_older_json(cls, body: str) -> "Envelope":
        """Read an envelope that lacks what was added to it, or is none."""
        try:
            raw = orjson.loads(body)
            return cls(
                id=UUID(raw["id"]),
                type=str(raw["type"]),
                source=str(raw["source"]),
                aggregate_id=UUID(raw["aggregate_id"]),
                version=int(raw["version"]),
                occurred_at=datetime.fromisoformat(raw["occurred_at"]),
                actor_id=UUID(raw["actor_id"]) if raw.get("actor_id") else None,
                request_id=raw.get("request_id"),
                traceparent=raw.get("traceparent"),
                contents=in_json(dict(raw["data"])),
                impersonator_id=UUID(raw["impersonator_id"]) if raw.get("impersonator_id") else None,
                epoch=int(raw.get("epoch", 0)),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"Not an event envelope: {error!r}") from error

    @property
    def data(self) -> dict[str, Any]:
        """All of what happened, read anew each time."""
        data: dict[str, Any] = msgspec.json.decode(self.contents)
        return data

    def to_json(self) -> str:
        body = orjson.dumps(
            {
                "id": self.id, "type": self.type, "source": self.source, "aggregate_id": self.aggregate_id,
                "version": self.version, "occurred_at": self.occurred_at, "actor_id": self.actor_id,
                "request_id": self.request_id, "traceparent": self.traceparent,
                "data": orjson.Fragment(bytes(self.contents)),
                "impersonator_id": self.impersonator_id,
            }
        ).decode()  # fmt: skip
        return with_epoch(body, self.epoch)

    def context(self) -> Context:
        """The circumstances under which whatever this event causes happens."""
        return Context(
            actor_id=self.actor_id,
            impersonator_id=self.impersonator_id,
            request_id=self.request_id,
            traceparent=self.traceparent,
        )


def with_epoch(body: str, epoch: int) -> str:
    """An envelope in JSON that says of which epoch it is; nothing is said of the first one, 0."""
    return f'{body[:-1]},"epoch":{epoch}}}' if epoch else body


_OBJECT = ord("{")
# A third of the time that the same takes field by field.
_decode = msgspec.json.Decoder(Envelope).decode

"""What a service does with each event it hears, and the tolerant schemas it reads them with."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

from marshmallow import EXCLUDE, Schema

from shared.messaging.events import Envelope

if TYPE_CHECKING:
    from shared.db import UnitOfWork

Data = dict[str, Any]
HandleOne = Callable[["UnitOfWork", Data, Envelope], None]
HandleMany = Callable[["UnitOfWork", Sequence[tuple[Data, Envelope]]], None]


class EventSchema(Schema):
    """Names the fields a handler needs and ignores the rest, so that a publisher may add to its events."""

    class Meta:
        unknown = EXCLUDE


class CauseMissing(Exception):
    """The event came before the one it builds on; it is kept and tried again.

    A handler of many names in `events` all those that have to wait, by id, so that the others are handled at once.
    """

    def __init__(self, message: str, events: Collection[UUID] = ()) -> None:
        super().__init__(message)
        self.events = frozenset(events)


@dataclass(frozen=True, slots=True)
class Handler:
    """How one service handles one type of event. `run` gets the events of one transaction; one that `takes_many` looks
    at all of them together, any other takes one after the other.

    With `is_awaited` the answer to the write that caused the event waits until it was handled, so that whoever reads
    next sees what came of it.
    """

    event_type: str
    schema: Schema
    run: HandleMany
    is_awaited: bool
    takes_many: bool

    def load(self, envelope: Envelope) -> Data:
        """The fields this handler needs. Raises marshmallow's ValidationError when the promise is broken."""
        loaded: Data = self.schema.load(envelope.data)
        return loaded


class Handlers:
    """The handlers of one service: one for each type of event it follows."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._by_type: dict[str, Handler] = {}

    def on(self, *event_types: str, schema: Schema, is_awaited: bool = True) -> Callable[[HandleOne], HandleOne]:
        """Register a function that handles one event at a time, in the circumstances the event was made in."""

        def register(handle: HandleOne) -> HandleOne:
            self._add(event_types, schema, _one_by_one(handle), is_awaited, takes_many=False)
            return handle

        return register

    def on_many(self, *event_types: str, schema: Schema, is_awaited: bool = True) -> Callable[[HandleMany], HandleMany]:
        """Register a function that handles all events of these types of one transaction together."""

        def register(handle: HandleMany) -> HandleMany:
            self._add(event_types, schema, handle, is_awaited, takes_many=True)
            return handle

        return register

    def _add(
        self, event_types: Sequence[str], schema: Schema, run: HandleMany, is_awaited: bool, *, takes_many: bool
    ) -> None:
        for event_type in event_types:
            if event_type in self._by_type:
                raise ValueError(f"{self.service} handles {event_type} twice")
            self._by_type[event_type] = Handler(event_type, schema, run, is_awaited, takes_many)

    @property
    def event_types(self) -> tuple[str, ...]:
        """The types this service follows, sorted."""
        return tuple(sorted(self._by_type))

    @property
    def awaited_types(self) -> tuple[str, ...]:
        """Those of them that a write waits for."""
        return tuple(event_type for event_type in self.event_types if self._by_type[event_type].is_awaited)

    def __iter__(self) -> Iterator[Handler]:
        return iter(self._by_type.values())

    def groups(self, envelopes: Sequence[Envelope]) -> Iterator[tuple[Handler, list[Envelope]]]:
        """Events by the handler that takes them, in the order the handlers were registered.

        Every transaction takes the locks of its handlers in that order, so that two workers do not wait for each other.
        """
        order: dict[HandleMany, int] = {}
        for handler in self:
            order.setdefault(handler.run, len(order))

        def place(envelope: Envelope) -> int:
            return order[self._by_type[envelope.type].run]

        for _, group in groupby(sorted(envelopes, key=place), key=place):
            events = list(group)
            yield self._by_type[events[0].type], events

    def run(self, uow: "UnitOfWork", envelopes: Sequence[Envelope]) -> None:
        """Handle events in one transaction: one call for each handler."""
        for handler, group in self.groups(envelopes):
            handler.run(uow, [(self._by_type[envelope.type].load(envelope), envelope) for envelope in group])


def _one_by_one(handle: HandleOne) -> HandleMany:
    def run(uow: "UnitOfWork", events: Sequence[tuple[Data, Envelope]]) -> None:
        for data, envelope in events:
            uow.cause, uow.context = envelope.id, envelope.context()
            handle(uow, data, envelope)

    return run

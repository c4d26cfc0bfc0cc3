"""What a service does with each event it follows, and how it reads them.

    class LoanEvent(Payload):                # what is needed here; all else that the event has is ignored
        loan_id: UUID
        principal: Decimal
        closed_at: Moment | None = None      # what events of before may lack has a default

    @handlers.on("lending.loan.*.v1", payload=LoanEvent)
    def keep_loan(uow: UnitOfWork, loan: LoanEvent, envelope: Envelope) -> None: ...

A `*` stands for all events that have a contract: who follows an aggregate whole also follows what is added to it.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from uuid import UUID

import msgspec

from shared.messaging import anew
from shared.messaging.contracts import promised
from shared.messaging.events import Envelope

if TYPE_CHECKING:
    from shared.db import UnitOfWork

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment that names its zone."""


class Payload(msgspec.Struct):
    """The fields of an event that a handler needs, or of an object in it. Those not named are ignored, so that a
    publisher may add to its events."""


P = TypeVar("P", bound=Payload)
_decoder = cache(msgspec.json.Decoder)
HandleOne = Callable[["UnitOfWork", P, Envelope], None]
HandleMany = Callable[["UnitOfWork", Sequence[tuple[P, Envelope]]], None]


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
    payload: type[Payload]
    run: HandleMany[Any]
    is_awaited: bool
    takes_many: bool

    def read(self, contents: msgspec.Raw) -> Any:
        """The fields this handler needs. Raises ValidationError when the promise is broken."""
        return _decoder(self.payload).decode(contents)


class Handlers:
    """The handlers of one service: one for each type of event it follows.

    A transaction handles at most `batch` events: the more, the less each of them costs, and the longer locks are held.
    """

    def __init__(self, service: str, *, batch: int = 100) -> None:
        self.service, self.batch = service, batch
        self._by_type: dict[str, Handler] = {}
        self._retired: set[str] = set()
        self._of_any_epoch: set[str] = set()
        self._last: set[HandleMany[Any]] = set()
        # By publisher what is done when it has published all it has (see `shared.restatement`).
        self.removals: dict[str, list[Callable[[UnitOfWork, int], None]]] = {}

    def on(
        self, *event_types: str, payload: type[P], is_awaited: bool = True, is_last: bool = False
    ) -> Callable[[HandleOne[P]], HandleOne[P]]:
        """Register a function that handles one event at a time, in the circumstances the event was made in. One that
        `is_last` is handled after all others of its transaction."""

        def register(handle: HandleOne[P]) -> HandleOne[P]:
            run = _one_by_one(handle)
            self._add(event_types, payload, run, is_awaited, takes_many=False)
            if is_last:
                self._last.add(run)
            return handle

        return register

    def on_many(
        self, *event_types: str, payload: type[P], is_awaited: bool = True
    ) -> Callable[[HandleMany[P]], HandleMany[P]]:
        """Register a function that handles all events of these types of one transaction together."""

        def register(handle: HandleMany[P]) -> HandleMany[P]:
            self._add(event_types, payload, handle, is_awaited, takes_many=True)
            return handle

        return register

    def on_newest(
        self,
        *event_types: str,
        payload: type[P],
        brings_more: Callable[[P], bool] = lambda _: False,
        on_all: HandleMany[P] | None = None,
        is_awaited: bool = True,
    ) -> Callable[[HandleOne[P]], HandleOne[P]]:
        """Register a function for events that each carry the whole state of their aggregate: of several of one
        aggregate in a transaction only the newest is handled. Where some carry more, such as a schedule
        (`brings_more`), the newest of those is handled before it. `on_all` gets every event, before all that."""

        def register(handle: HandleOne[P]) -> HandleOne[P]:
            self._add(event_types, payload, _newest_of_each(handle, brings_more, on_all), is_awaited, takes_many=True)
            return handle

        return register

    def retire(self, *event_types: str) -> None:
        """Say of types that the release before followed them. What of them still waits is passed over, and no more of
        them come: the worker takes back their bindings."""
        self._add(event_types, Payload, _pass_over, is_awaited=False, takes_many=True)
        self._retired.update(event_types)

    def count_in_any_epoch(self, *event_types: str) -> None:
        """Say of types that their events count even when their publisher went back to before them: what they tell was
        done, and stays done."""
        for name in event_types:
            self._of_any_epoch.update(promised(name) if "*" in name else (name,))

    def _add(
        self,
        event_types: Sequence[str],
        payload: type[Payload],
        run: HandleMany[Any],
        is_awaited: bool,
        *,
        takes_many: bool,
    ) -> None:
        for name in event_types:
            for event_type in promised(name) if "*" in name else (name,):
                if event_type in self._by_type:
                    raise ValueError(f"{self.service} handles {event_type} twice")
                self._by_type[event_type] = Handler(event_type, payload, run, is_awaited, takes_many)

    @property
    def event_types(self) -> tuple[str, ...]:
        """The types this service follows, sorted."""
        return tuple(sorted(self._by_type.keys() - self._retired))

    @property
    def retired_types(self) -> tuple[str, ...]:
        """The types that the release before followed and this one does not, sorted."""
        return tuple(sorted(self._retired))

    @property
    def types_of_any_epoch(self) -> frozenset[str]:
        """Those whose events are never passed over as of an earlier epoch."""
        return frozenset(self._of_any_epoch)

    @property
    def awaited_types(self) -> tuple[str, ...]:
        """Those of them that a write waits for."""
        return tuple(event_type for event_type in self.event_types if self._by_type[event_type].is_awaited)

    def __iter__(self) -> Iterator[Handler]:
        return (handler for handler in self._by_type.values() if handler.event_type not in self._retired)

    def groups(self, envelopes: Sequence[Envelope]) -> Iterator[tuple[Handler, list[Envelope]]]:
        """Events by the handler that takes them, in the order the handlers were registered.

        Every transaction takes the locks of its handlers in that order, so that two workers do not wait for each other.
        """
        order: dict[HandleMany[Any], tuple[bool, int]] = {}
        for handler in self._by_type.values():
            order.setdefault(handler.run, (handler.run in self._last, len(order)))

        def place(envelope: Envelope) -> tuple[bool, int]:
            return order[self._by_type[envelope.type].run]

        for _, group in groupby(sorted(envelopes, key=place), key=place):
            events = list(group)
            yield self._by_type[events[0].type], events

    def run(self, uow: "UnitOfWork", envelopes: Sequence[Envelope]) -> None:
        """Handle events in one transaction: one call for each handler."""
        for handler, group in self.groups(envelopes):
            handler.run(uow, [(self._by_type[envelope.type].read(envelope.contents), envelope) for envelope in group])
            if counted := anew.count(group):
                anew.note(uow.connection, counted)


def _pass_over(_uow: "UnitOfWork", _events: Sequence[tuple[Any, Envelope]]) -> None:
    """What of a retired type still waited is done with."""


def _one_by_one(handle: HandleOne[P]) -> HandleMany[P]:
    def run(uow: "UnitOfWork", events: Sequence[tuple[P, Envelope]]) -> None:
        # In the order of their ids, so that two workers that lock several aggregates do not wait for each other.
        for payload, envelope in sorted(events, key=lambda event: event[1].aggregate_id):
            uow.cause, uow.context = envelope.id, envelope.context()
            handle(uow, payload, envelope)

    return run


def _newest_of_each(
    handle: HandleOne[P], brings_more: Callable[[P], bool], on_all: HandleMany[P] | None
) -> HandleMany[P]:
    one_by_one = _one_by_one(handle)

    def run(uow: "UnitOfWork", events: Sequence[tuple[P, Envelope]]) -> None:
        if on_all:
            on_all(uow, events)
        newest: dict[UUID, dict[bool, tuple[P, Envelope]]] = {}
        for payload, envelope in sorted(events, key=lambda event: event[1].version):
            of_aggregate = newest.setdefault(envelope.aggregate_id, {})
            more = brings_more(payload)
            if more:
                of_aggregate.clear()
            of_aggregate[more] = (payload, envelope)
        waiting: dict[UUID, CauseMissing] = {}
        # In the order of their ids, in which whoever changes several of them locks them.
        for aggregate_id in sorted(newest):
            of_aggregate = newest[aggregate_id]
            try:
                one_by_one(uow, [of_aggregate[more] for more in (True, False) if more in of_aggregate])
            except CauseMissing as error:
                waiting[aggregate_id] = error
        if waiting:
            ids = [envelope.id for _, envelope in events if envelope.aggregate_id in waiting]
            raise CauseMissing(str(next(iter(waiting.values()))), ids)

    return run

"""What changed, by name: for those who show things to people and ask anew when one of them has changed.

A name says nothing of what happened: of which type the event is, which one, of what, and whom it concerns.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import orjson

# Where the data of an event says whose scope it is in: that of a union, or that of these people.
_UNION, _PEOPLE = "union_id", ("user_id", "supervisor_id")
_OF_THE_TRAIL = ".audit."


class Change(NamedTuple):
    """An event by name. What is in the scope of no union and concerns nobody by name has neither."""

    event_type: str
    event_id: str
    aggregate_id: str
    union_id: str | None
    people: list[str]


def changes_of(events: Iterable[tuple[str, str]]) -> Iterator[Change]:
    """The names of events, each given by its type and its text; entries of the audit trail have none."""
    for event_type, body in events:
        if _OF_THE_TRAIL in event_type:
            continue
        envelope = orjson.loads(body)
        data = envelope["data"]
        people = [str(data[name]) for name in _PEOPLE if data.get(name)]
        yield Change(event_type, envelope["id"], envelope["aggregate_id"], data.get(_UNION), people)

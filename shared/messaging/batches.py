"""What else is on its way: each message says which types of events its relay sends right after it.

So a follower handles together what was published together, and waits for nothing that does not come. A hint only: a
message that goes to another worker of the service, or was sent again, is waited for in vain for a moment.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

HEADER = "x-then"


def followed_by(types: Iterable[str]) -> dict[str, str]:
    """The header of a message after which events of these types come."""
    return {HEADER: ",".join(dict.fromkeys(types))}


def brings_more(headers: Mapping[str, Any], followed: Collection[str]) -> bool | None:
    """Whether events of the types that somebody follows come after this message; None when it does not say."""
    header = headers.get(HEADER)
    if not isinstance(header, str):
        return None
    return any(event_type in followed for event_type in header.split(","))

"""What of a file has no place here: counted by section and reason, and as the one text by which it is said.

A service that finds some says so as the reason why it refuses; who shows the restore reads it from there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_AGREE = ". Ask again with `leaveOut` to restore the file all the same."
_ONE = re.compile(r"(\d+) (\w+): (.+)")
_BETWEEN = "; "


@dataclass(frozen=True, slots=True)
class Leftover:
    """So many records of a section are left out, or become something else, for a reason."""

    count: int
    section: str
    reason: str


class Leftovers(Exception):
    """Something in the file has no place, or not as it is, and nobody agreed to that; the message counts it."""

    def __init__(self, found: Iterable[Leftover]) -> None:
        super().__init__(_BETWEEN.join(f"{one.count} {one.section}: {one.reason}" for one in found) + _AGREE)


def read_leftovers(message: str) -> list[Leftover]:
    """What the message of `Leftovers` counts; nothing where a text is not one."""
    if not message.endswith(_AGREE):
        return []
    found = (_ONE.fullmatch(each) for each in message.removesuffix(_AGREE).split(_BETWEEN))
    return [Leftover(int(one[1]), one[2], one[3]) for one in found if one]

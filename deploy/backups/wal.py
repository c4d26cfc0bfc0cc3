"""The write-ahead log as files: their names, the timelines they are of, and whether any are missing."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

SEGMENT_BYTES = 16 * 1024 * 1024
_SEGMENTS_PER_LOG = 0x100000000 // SEGMENT_BYTES
_NAME = re.compile(r"([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})")
_HISTORY = re.compile(r"([0-9A-F]{8})\.history")


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """A file of 16 MB of the log: which timeline it is of, and its number since the beginning of the database."""

    timeline: int
    number: int

    @classmethod
    def from_name(cls, name: str) -> "Segment | None":
        """The segment of a file of this name; None when the file is another one."""
        if not (parts := _NAME.fullmatch(name)):
            return None
        timeline, log, segment = (int(part, 16) for part in parts.groups())
        return cls(timeline, log * _SEGMENTS_PER_LOG + segment)

    @property
    def name(self) -> str:
        """As PostgreSQL names it."""
        log, segment = divmod(self.number, _SEGMENTS_PER_LOG)
        return f"{self.timeline:08X}{log:08X}{segment:08X}"


def timeline_of_history(name: str) -> int | None:
    """The timeline that a history file of this name is about; None when the file is another one."""
    parts = _HISTORY.fullmatch(name)
    return int(parts[1], 16) if parts else None


def position(lsn: str) -> int:
    """A place in the log, as `1/2A3B4C5D`, in bytes since its beginning."""
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def segment_number(lsn: str) -> int:
    """The number of the segment that this place of the log is in."""
    return position(lsn) // SEGMENT_BYTES


def ancestry(timeline: int, histories: Mapping[int, str]) -> list[tuple[int, str | None]]:
    """The timelines that lead to this one, oldest first, each with the place where it was left; None for the last.

    `histories` are the texts of PostgreSQL's history files, by timeline.
    """
    lines = [line.split() for line in histories.get(timeline, "").splitlines() if line.strip()]
    return [*((int(line[0]), line[1]) for line in lines if line[0].isdigit()), (timeline, None)]


def leads_to(path: Sequence[tuple[int, str | None]], timeline: int, lsn: str) -> bool:
    """Whether this place of that timeline lies on the way `path`, which `ancestry` gave."""
    return any(name == timeline and (left is None or position(lsn) <= position(left)) for name, left in path)


def missing_segments(
    path: Sequence[tuple[int, str | None]], existing: Collection[Segment], first: int
) -> Sequence[Segment]:
    """The segments that are not there though later ones are, from the number `first` on, along `path`."""
    timelines = {timeline for timeline, _ in path}
    numbers = {segment.number for segment in existing if segment.timeline in timelines}
    last = max((segment.number for segment in existing if segment.timeline == path[-1][0]), default=first - 1)
    return [_on(path, number) for number in range(first, last) if number not in numbers]


def _on(path: Sequence[tuple[int, str | None]], number: int) -> Segment:
    timeline = next(name for name, left in path if left is None or number <= segment_number(left))
    return Segment(timeline, number)

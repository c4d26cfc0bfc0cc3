"""How fast this machine is, told by itself: H, the time that one bcrypt hash of cost 12 takes on one quiet core.

Throughput is given as requests per H and latency in parts of H, so that figures of two machines, or of two hours of
one machine, can be held against each other.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

import bcrypt

COST = 12
AGREEMENT = 1.10
"""How many times longer a hash may take at one moment than at another for the two to agree."""
_QUIET = 1.05
_SALT = b"$2b$12$saltsaltsaltsaltsaltse"


@dataclass(frozen=True, slots=True)
class Mark:
    """The time of one hash in seconds, by the clock and of CPU, before what is named."""

    before: str
    seconds: float
    cpu_seconds: float

    @property
    def is_quiet(self) -> bool:
        """Whether nobody else took the core meanwhile."""
        return self.seconds <= _QUIET * self.cpu_seconds


def take_mark(before: str, hashes: int = 3) -> Mark:
    """The median of so many hashes, made one after the other on one thread."""
    times = sorted(_hash() for _ in range(hashes))
    return Mark(before, *times[len(times) // 2])


def _hash() -> tuple[float, float]:
    started, cpu_before = time.perf_counter(), time.thread_time()
    bcrypt.hashpw(b"how long this takes", _SALT)
    return time.perf_counter() - started, time.thread_time() - cpu_before


@dataclass(slots=True)
class Calibration:
    """The marks of one run: one before each part of it, the first before anything runs and the last after its end."""

    marks: list[Mark] = field(default_factory=list)

    def mark(self, before: str, hashes: int = 3) -> None:
        """Take one now. To be called when nothing is being measured."""
        self.marks.append(take_mark(before, hashes))

    @property
    def hash_seconds(self) -> float:
        """H of the run: the median of its marks, in seconds."""
        return median(mark.seconds for mark in self.marks)

    @property
    def agrees(self) -> bool:
        """Whether a hash took as long after the run as before it, to a tenth."""
        return _agree(self.marks[0].seconds, self.marks[-1].seconds)

    @property
    def unsteady(self) -> set[str]:
        """The parts of the run at whose beginning or end the machine was slower or faster than H says, by over a tenth.

        Their figures are not to be compared with those of any other run.
        """
        return {
            mark.before
            for mark, later in zip(self.marks, self.marks[1:], strict=False)
            if not (_agree(mark.seconds, self.hash_seconds) and _agree(later.seconds, self.hash_seconds))
        }

    def remarks(self) -> Sequence[str]:
        """What a reader has to know of it, a sentence a line."""
        first, last = self.marks[0].seconds, self.marks[-1].seconds
        whole = f"H = {self.hash_seconds * 1000:.0f} ms"
        lines = [f"{whole}; {first * 1000:.0f} before the run, {last * 1000:.0f} after it"]
        if not self.agrees:
            lines.append("H before and after the run DO NOT AGREE within 10 %: compare nothing of this run")
        if unsteady := self.unsteady:
            names = ", ".join(mark.before for mark in self.marks if mark.before in unsteady)
            lines.append(f"H was off by over 10 % around these, which are not to be compared: {names}")
        if noisy := sum(not mark.is_quiet for mark in self.marks):
            lines.append(f"the machine was not quiet: others took the core at {noisy} of {len(self.marks)} moments")
        return lines


def _agree(one: float, other: float) -> bool:
    return max(one, other) <= AGREEMENT * min(one, other)

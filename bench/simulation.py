"""A platform on paper: requests that pass through processes, which share the cores of a machine.

A request runs in one process after the other, and leaves work behind that goes on without it. A process has at most
as many cores at once as it has workers; Python's has one for each. Who waits for a core gets it in the order of coming,
for a short turn, as the kernel shares it. Times vary as an exponential distribution does. Nothing waits for disks or
networks, so a simulation is held against measured points before anything is read from it (`bench.capacity`).
"""

import heapq
import random
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

TURN = 1.0
"""Milliseconds for which a core is given to one piece of work."""
_SEED = 1


@dataclass(frozen=True, slots=True)
class Piece:
    """CPU work in one process, in milliseconds."""

    process: str
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Journey:
    """What a request passes through, piece after piece, and what goes on afterwards, all at once."""

    pieces: Sequence[Piece]
    afterwards: Sequence[Piece] = ()


@dataclass(frozen=True, slots=True)
class Machine:
    """How many cores there are, and how many of them each process can use at once; one that is not named, all."""

    cores: int
    workers: Mapping[str, int]

    def limit(self, process: str) -> int:
        return min(self.cores, self.workers.get(process, self.cores))


@dataclass(frozen=True, slots=True)
class Outcome:
    """Requests a second, and in milliseconds how long half and 99 of 100 of them took at most."""

    per_second: float
    p50: float
    p99: float


@dataclass(slots=True)
class _Work:
    """What is under way: the pieces left, the time that the present one still needs, and what comes after the last."""

    pieces: "deque[Piece]"
    afterwards: Sequence[Piece] = ()
    began: float | None = None
    left: float = 0.0


def closed(machine: Machine, journey: Journey, *, at_once: int, requests: int) -> Outcome:
    """So many clients, each of which sends its next request when it has its answer."""
    run = _Run(machine, journey)
    for _ in range(at_once):
        run.begin(0.0)
    return run.until(requests, on_answer=run.begin)


def open_ended(machine: Machine, journey: Journey, *, per_second: float, requests: int) -> Outcome:
    """Requests that come by chance, so many a second, whether or not those before were answered."""
    run = _Run(machine, journey)
    at = 0.0
    for _ in range(requests):
        at += run.chance.expovariate(per_second / 1000)
        run.come(at)
    return run.until(requests, on_answer=lambda at: None)


class _Run:
    """The clock, who waits for which core, and what was answered."""

    def __init__(self, machine: Machine, journey: Journey) -> None:
        self.chance = random.Random(_SEED)
        self._machine, self._journey = machine, journey
        self._ready: deque[_Work] = deque()
        self._running: Counter[str] = Counter()
        # Turns that end and requests that come, by their time; the number keeps those of one moment in order.
        self._next: list[tuple[float, int, _Work, float]] = []
        self._number = 0
        self._took: list[float] = []

    def come(self, at: float) -> None:
        """A request comes at a moment that is not yet."""
        self._note(at, _Work(deque(), began=at), 0.0)

    def begin(self, at: float) -> None:
        """A request comes now."""
        work = _Work(deque(self._journey.pieces), self._journey.afterwards, began=at)
        self._ready.append(self._set_out(work))

    def until(self, requests: int, *, on_answer: Callable[[float], None]) -> Outcome:
        """Go on until so many were answered; the first tenth, when nothing waits yet, is left out of the figures."""
        first, at, since = requests // 10, 0.0, 0.0
        self._give_cores(at)
        while len(self._took) < requests and self._next:
            at, _, work, turn = heapq.heappop(self._next)
            if turn:
                self._end_turn(at, work, turn, on_answer)
            elif work.began is not None:
                self.begin(at)
            self._give_cores(at)
            since = at if len(self._took) <= first else since
        counted = self._took[first:]
        cuts = quantiles(counted, n=100)
        return Outcome(len(counted) / (at - since) * 1000, cuts[49], cuts[98])

    def _give_cores(self, at: float) -> None:
        for _ in range(len(self._ready)):
            if self._running.total() == self._machine.cores:
                return
            work = self._ready.popleft()
            process = work.pieces[0].process
            if self._running[process] < self._machine.limit(process):
                self._running[process] += 1
                turn = min(TURN, work.left)
                self._note(at + turn, work, turn)
            else:
                self._ready.append(work)

    def _end_turn(self, at: float, work: _Work, turn: float, on_answer: Callable[[float], None]) -> None:
        self._running[work.pieces[0].process] -= 1
        work.left -= turn
        if work.left <= 0:
            work.pieces.popleft()
            if work.pieces:
                self._set_out(work)
        if work.pieces:
            self._ready.append(work)
        elif work.began is not None:
            self._took.append(at - work.began)
            self._ready.extend(self._set_out(_Work(deque([piece]))) for piece in work.afterwards)
            on_answer(at)

    def _set_out(self, work: _Work) -> _Work:
        work.left = self.chance.expovariate(1 / work.pieces[0].milliseconds)
        return work

    def _note(self, at: float, work: _Work, turn: float) -> None:
        self._number += 1
        heapq.heappush(self._next, (at, self._number, work, turn))

"""What the figures are held against: the backend that is being replaced, and what is asked of us, in units of H.

Requests per H at so many at once, and latencies in parts of H. The time of a loan's creation is from the reference's
mixed day, in which 20 of its creations failed.
"""

from dataclasses import dataclass

SOURCE = (
    "the backend being replaced, Node 20, PostgreSQL 18, 10,000 loans, "
    "driver on the same two cores, H = 390 ms, one run"
)


@dataclass(frozen=True, slots=True)
class Throughput:
    """Requests per H at so many at once: the reference's and what is asked; `p99` is the most we may take, in H."""

    reference: float
    asked: float
    concurrency: int = 64
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class Alone:
    """Latencies in parts of H of one kind of request, one at a time: the reference's and what is asked."""

    reference_p50: float
    reference_p99: float | None
    p50: float
    p99: float


AT_ONCE = {
    "me": Throughput(102, 410, p99=0.5),
    "get_loan": Throughput(39, 235, p99=0.5),
    "schedule": Throughput(66, 330, p99=0.5),
    "list_members": Throughput(30, 270, p99=0.5),
    "list_loans": Throughput(8.7, 210, p99=0.5),
    "record_repayment": Throughput(22.4, 135, p99=1.0),
    "mixed_day": Throughput(21.3, 107),
    "login": Throughput(0.53, 1.9, concurrency=16),
}
ALONE = {
    "record_repayment": Alone(0.063, 0.115, p50=0.035, p99=0.06),
    "get_loan": Alone(0.029, 0.05, p50=0.01, p99=0.02),
    "create_loan": Alone(0.256, None, p50=0.06, p99=0.12),
}
CREATIONS_AT_ONCE, CREATION_P99 = 16, 0.5
"""So many who make loans at once wait at most so many H for one, in 99 of 100 cases."""
MEMORY = 700e6
"""Bytes of all processes but PostgreSQL, shared pages counted once."""
CATCH_UP = 2500.0
"""Events per H onto the bus, and through each follower, when many wait."""
SHEETS = 5.0
"""How many times more payments come in by collection sheets than one by one."""
GROWTH = 1.3
"""How many times slower the large book may be, one request at a time."""
OF_ALL, OF_A_TEAM = 300.0, 60.0
"""Milliseconds that dashboard and portfolio at risk of a large book may take in 95 of 100 cases: an admin's and a
supervisor's."""
REPORTING = 10_000.0
"""Events a second that reporting handles with two workers when it is far behind."""
IDLE_DELAY, LAG, STORM = 0.13, 2.5, 0.77
"""In H: from a commit to its effect on followers when idle; their lag behind a load; p99 of others during logins."""
BACKUP, BACKUP_MEMORY, BACKUP_SLOWS, RESTORE = 180.0, 200.0, 2.0, 600.0
"""Of a backup of 200,000 loans on two cores: seconds, megabytes of the largest worker, and how many times slower the
slowest reads may be meanwhile."""
CONSOLE_SCRIPTS, CONSOLE_FIRST, CONSOLE_AGAIN, CONSOLE_SHIFT = 120.0, 5.0, 1.5, 0.1
"""Of an officer's start in the console: kilobytes of JavaScript over the line, the seconds on a slow one until it is
usable, the first time and afterwards, and by how much the page may move meanwhile (what browsers call good)."""
MEMORY_OF_ONE_PROCESS, CLOSE_DAY, MISSING_CAUSES = 250e6, 20_000.0, 500.0
"""Bytes of all services in one process; loans a second that the closing of a day goes through; events a second when
one in three lacks its cause."""

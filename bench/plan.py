"""How much is measured: everything, or what tells most within a few minutes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.operations import BY_A_SUPERVISOR, CREATION, MIXED, REPORTS, SINGLE


@dataclass(frozen=True, slots=True)
class Plan:
    """At how many at once each operation is measured, in this order, and for how many seconds (`usual` if not said).

    `counted` says at how many at once the CPU of how many requests is counted. Writes come last, for what they set
    going goes on behind them. `is_whole` adds what belongs to no single operation.
    """

    concurrencies: Mapping[str, Sequence[int]]
    usual: float
    seconds: Mapping[str, float]
    counted: Mapping[str, Sequence[tuple[int, int]]]
    is_whole: bool

    def seconds_of(self, operation: str) -> float:
        return self.seconds.get(operation, self.usual)

    def counted_of(self, operation: str) -> Sequence[tuple[int, int]]:
        """Pairs of how many at once and how many requests in all."""
        return self.counted.get(operation, ())


_READS = ("me", "get_loan", "schedule", "list_loans", "list_members")
_BY_OTHERS = ("list_loans by a supervisor", "list_loans by an officer")
_REPORTS = tuple(f"{name}{whose}" for name in REPORTS for whose in ("", BY_A_SUPERVISOR))
_ALL = (1, 16, 64)
# Reads are counted over more requests, for the kernel counts in hundredths of a second. A mail takes a twentieth of a
# second of waiting, which bounds the writes.
_COUNTED: Mapping[str, Sequence[tuple[int, int]]] = {
    **dict.fromkeys(_READS, ((16, 480),)),
    "login": ((16, 16),),
    SINGLE: ((1, 60), (16, 320)),
    CREATION: ((1, 40), (16, 80)),
    MIXED: ((16, 475),),
}

WHOLE = Plan(
    concurrencies={
        **dict.fromkeys((*_READS, *_BY_OTHERS, "login"), _ALL),
        **dict.fromkeys(_REPORTS, (1,)),
        SINGLE: _ALL,
        CREATION: _ALL,
        MIXED: _ALL,
    },
    usual=3.0,
    # A login is a quarter of a second of CPU on purpose; a p99 of what is slow or of many kinds takes some time too.
    seconds={"login": 8.0, SINGLE: 8.0, CREATION: 12.0, MIXED: 15.0},
    counted=_COUNTED,
    is_whole=True,
)
QUICK = Plan(
    concurrencies={
        **dict.fromkeys(_READS, (64,)),
        "get_loan": (1, 64),
        "login": (16,),
        SINGLE: (1, 64),
        CREATION: (1, 16),
        MIXED: (64,),
    },
    usual=2.0,
    seconds={"login": 6.0, SINGLE: 5.0, CREATION: 8.0, MIXED: 10.0},
    counted=_COUNTED,
    is_whole=False,
)
SHEETS_AT_ONCE = (1, 4, 16)
READ_MEANWHILE = ("me", "get_loan", "list_loans", "list_members")

"""What the processes of a platform cost: CPU time and memory, as the kernel counts them."""

import os
import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path

from deploy.local.platform import Platform

_TICKS = os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat behind the name of the program: parent, then times of its own and of its dead children.
_PARENT, _TIMES = 1, slice(11, 15)
# As PostgreSQL names the process of a connection: role, database, address with its port. The superuser is the bench.
_CONNECTION = re.compile(r"postgres: (?!postgres )\S+ \S+ \S+\(\d+\)")

POSTGRES, UPKEEP = "postgres", "postgres upkeep"
"""What PostgreSQL does for its connections, and what it does by itself: vacuum, checkpoints, writing the log."""


def cpu_seconds(platform: Platform) -> dict[str, float]:
    """CPU time used so far by each process of the platform with all it has started; UPKEEP stands beside POSTGRES."""
    stats = _stats()
    trees = {name: _tree(platform.pid(name), stats) for name in platform.names}
    connections = set(filter(_is_connection, trees[POSTGRES]))
    trees[UPKEEP] = [pid for pid in trees[POSTGRES] if pid not in connections]
    trees[POSTGRES] = list(connections)
    return {name: sum(sum(stats[pid][1]) for pid in tree) / _TICKS for name, tree in trees.items()}


def total(cpu: Mapping[str, float]) -> float:
    """CPU time by process, in all but UPKEEP: a vacuum that falls into a measurement was not caused by it alone."""
    return sum(spent for name, spent in cpu.items() if name != UPKEEP)


def used_between(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """CPU seconds by process from one reading to the next."""
    return {name: after[name] - before.get(name, 0.0) for name in after}


def memory_bytes(platform: Platform, names: Collection[str] | None = None) -> dict[str, int]:
    """Memory of each process with all it has started, or of these alone; what several share is counted once, by shares
    (PSS)."""
    stats = _stats()
    looked_at = platform.names if names is None else names
    return {name: sum(map(_proportional_size, _tree(platform.pid(name), stats))) for name in looked_at}


def _is_connection(pid: int) -> bool:
    try:
        return _CONNECTION.match(Path(f"/proc/{pid}/cmdline").read_text()) is not None
    except (FileNotFoundError, ProcessLookupError):
        return False


def _stats() -> dict[int, tuple[int, list[int]]]:
    """By process id: its parent, and its times in ticks."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            found[int(folder.name)] = int(fields[_PARENT]), [int(ticks) for ticks in fields[_TIMES]]
    return found


def _tree(root: int, stats: Mapping[int, tuple[int, list[int]]]) -> list[int]:
    """A process and all below it."""
    children = defaultdict(list)
    for pid, (parent, _) in stats.items():
        children[parent].append(pid)
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        if pid in stats:
            found.append(pid)
        waiting += children[pid]
    return found


def _proportional_size(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))

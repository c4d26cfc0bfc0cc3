"""From which base backup, and along which timeline, one gets to a moment: pure rules over what is in the archive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from deploy.backups.archive import BaseBackup, Return
from deploy.backups.errors import CannotRestore
from deploy.backups.wal import ancestry, leads_to


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a restore begins, the timeline it follows, and until when; None is to the end of what there is."""

    base: BaseBackup
    timeline: int
    to: datetime | None


def make_plan(
    backups: Sequence[BaseBackup], returns: Sequence[Return], histories: Mapping[int, str], to: datetime | None
) -> Plan:
    """How to get to the database as it was at the moment `to`, by everybody's clock: when it went back itself since,
    that is the one that was given up then. `backups` and `returns` are oldest first. Raises CannotRestore."""
    before = [backup for backup in backups if to is None or backup.ended_at <= to]
    if not before:
        oldest = f"the oldest is of {backups[0].ended_at.isoformat(timespec='seconds')}" if backups else "there is none"
        raise CannotRestore(f"No base backup was complete by then; {oldest}.")
    timeline = _timeline_at(before, returns, to)
    path = ancestry(timeline, histories)
    on_the_way = [backup for backup in before if leads_to(path, backup.timeline, backup.end_lsn)]
    if not on_the_way:
        raise CannotRestore(f"No base backup leads to timeline {timeline}, in which the database was then.")
    return Plan(on_the_way[-1], timeline, to)


def _timeline_at(before: Sequence[BaseBackup], returns: Sequence[Return], to: datetime | None) -> int:
    """What the newest sign before that moment says: a base backup, or a return."""
    signs = [(backup.ended_at, backup.timeline) for backup in before]
    signs += [(one.at, one.timeline) for one in returns if to is None or one.at <= to]
    return max(signs)[1]

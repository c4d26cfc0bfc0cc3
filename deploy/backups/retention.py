"""Which base backups go, and from where on the log must stay: pure rules over what is there."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from deploy.backups.archive import BaseBackup, Kind
from deploy.backups.wal import segment_number


def outlived(backups: Sequence[BaseBackup], at: datetime, keep: timedelta) -> list[BaseBackup]:
    """Those that no restore to any second of the time `keep` before `at` begins from; `backups` are oldest first.

    The newest that was complete before that time is needed for its first seconds, and so is whatever it, or another
    that stays, is built upon.
    """
    since = at - keep
    old = [backup for backup in backups if backup.ended_at <= since]
    staying = {backup.name for backup in backups if backup.ended_at > since} | {backup.name for backup in old[-1:]}
    # A parent is older than what is built upon it.
    for backup in reversed(backups):
        if backup.name in staying and backup.parent:
            staying.add(backup.parent)
    return [backup for backup in backups if backup.name not in staying]


def first_needed_segment(backups: Sequence[BaseBackup]) -> int | None:
    """The number of the oldest file of the log that a restore from one of these needs; None without any, for then all
    are."""
    return min((segment_number(backup.start_lsn) for backup in backups), default=None)


def due(backups: Sequence[BaseBackup], at: datetime, *, full_every: timedelta, every: timedelta) -> Kind | None:
    """The kind of base backup that is to be made now, if any; `backups` are oldest first."""
    full = [backup for backup in backups if backup.kind is Kind.FULL]
    if not full or at - full[-1].began_at >= full_every:
        return Kind.FULL
    return Kind.INCREMENTAL if at - backups[-1].began_at >= every else None

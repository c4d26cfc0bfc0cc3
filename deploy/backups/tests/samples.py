"""Base backups that only tests have."""

from datetime import UTC, datetime, timedelta

from deploy.backups.archive import BaseBackup, Kind
from deploy.backups.wal import SEGMENT_BYTES

FIRST = datetime(2026, 3, 1, tzinfo=UTC)


def base(day: float, parent: BaseBackup | None = None, *, timeline: int = 1) -> BaseBackup:
    """One that was complete on that day after FIRST, when the log had grown to a segment a day."""
    kind, at = Kind.INCREMENTAL if parent else Kind.FULL, FIRST + timedelta(days=day)
    lsn = int(day * SEGMENT_BYTES)
    return BaseBackup(
        name=f"{day}-{kind}",
        kind=kind,
        system="7",
        timeline=timeline,
        start_lsn=f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}",
        end_lsn=f"{lsn >> 32:X}/{(lsn & 0xFFFFFFFF) + 0x100:X}",
        began_at=at,
        ended_at=at,
        parent=parent.name if parent else None,
        bytes=1,
        database_bytes=1,
    )

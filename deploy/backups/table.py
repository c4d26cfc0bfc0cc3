"""The archive as a table that a person can read."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo

from deploy.backups.archive import Archive
from deploy.backups.rehearsal import last_findings
from shared.clock import now

_HEAD = ("BACKUP", "COMPLETE", "AGE", "SIZE", "BUILT UPON")


def lines(archive: Archive, zone: tzinfo) -> Iterator[str]:
    """Each base backup, oldest first, then since when any second can be restored, and what was rehearsed."""
    backups, at = archive.backups(), now()
    if not backups:
        yield f"There is no base backup in {archive.folder} yet."
        return
    rows = [
        (one.name, _moment(one.ended_at, zone), in_words(at - one.ended_at), _size(one.bytes), one.parent or "-")
        for one in backups
    ]
    yield from table(_HEAD, rows)
    files = [file.stat() for file in archive.wal.glob("*.gz")]
    newest = max((file.st_mtime for file in files), default=0.0)
    log = sum(file.st_size for file in files)
    yield ""
    yield f"Any second can be restored from {_moment(backups[0].ended_at, zone)} on (times are of {zone})."
    age = in_words(timedelta(seconds=at.timestamp() - newest))
    yield f"The log is archived up to {age} ago: {len(files)} files, {_size(log)}, in {archive.folder}."
    for one in archive.returns():
        to = _moment(one.to, zone) if one.to else "the end of the log"
        yield f"Went back to {to} on {_moment(one.at, zone)}."
    for before in archive.earlier():
        until = _moment(before.until, zone)
        yield f"Until {until} it was of PostgreSQL {before.version}, whose archive is {before.folder}."
    if findings := last_findings(archive):
        result = "; ".join(findings.faults) or "all was well"
        yield f"Rehearsed {in_words(at - findings.at)} ago, in {findings.seconds:.0f} s: {result}."
    else:
        yield "No restore has been rehearsed yet."


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines whose columns are as wide as what is in them."""
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def in_words(age: timedelta) -> str:
    """A span in its largest unit, as `3 h`."""
    seconds = max(0, int(age.total_seconds()))
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"

"""What people are asked and shown when a database goes back in its own place."""

import sys
from collections.abc import Callable
from datetime import datetime, tzinfo
from pathlib import Path

from deploy.backups.archive import Archive
from deploy.backups.errors import CannotRestore
from deploy.backups.recover import Recovered
from deploy.backups.restore import plan_for

_WORD = "restore"


def moment(text: str, zone: tzinfo) -> datetime | None:
    """The moment that a person means by `2026-03-11 14:05`, with or without seconds, in that time zone unless it says
    another; None, all there is, when it is empty. Raises CannotRestore."""
    if not text.strip():
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        example = '"2026-03-11 14:05" or "2026-03-11T13:05:30Z"'
        raise CannotRestore(f"AT is a moment such as {example}, not {text!r}.") from None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def confirm(archive: Archive, what: Path, to: datetime | None, zone: tzinfo, say: Callable[[str], None]) -> None:
    """Ask whether the database in `what` is to go back. Raises CannotRestore, also when there is no way to that
    moment."""
    plan = plan_for(archive, to)
    meant = f"{to.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}" if to else "the last that was archived"
    say(
        f"The database in {what} goes back to {meant}, from {plan.base.name}. What was done since is no longer in it, "
        f"and stays in the archive. The platform must not run meanwhile. Type {_WORD}:"
    )
    if sys.stdin.readline().strip() != _WORD:
        raise CannotRestore("Nobody typed it.")


def result(recovered: Recovered) -> str:
    """How far it got, in a sentence."""
    return f"Restored. The last transaction in it: {recovered.last_transaction or 'that of the base backup itself'}."

"""Who writes a backup works alone: its parts are written side by side and yet one piece at a time, so that the
processors of the database, and of a host that has only two, are never all at it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.db import Sessions

# Whoever was stopped in the middle, or takes long, keeps the others no longer.
_PATIENCE = text("SET LOCAL lock_timeout = '5s'")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('who writes a backup'))")
_TOO_LONG = "55P03"


@contextmanager
def working_alone(sessions: Sessions) -> Iterator[None]:
    """Within the block nobody else in this database is within one; or somebody has been for five seconds."""
    with sessions() as session:
        session.execute(_PATIENCE)
        try:
            session.execute(_LOCK)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _TOO_LONG:
                raise
            session.rollback()
        yield
        # The server may have ended a connection that said nothing for so long: then somebody else is in already.
        with suppress(DBAPIError):
            session.commit()

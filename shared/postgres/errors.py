"""What an error of the database means: a lost race, an unreachable server, a value that is taken."""

from psycopg.errors import UniqueViolation
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"
# A lost connection; no more room on disk, memory or connections; shutting down, crashed or starting; failed files.
_AWAY = ("08", "53", "57P", "58")
# As after a failover, or by the hand of an operator who protects a full disk.
_READ_ONLY = "25006"


def violated_key(error: IntegrityError) -> str | None:
    """The unique constraint or index that another row already has the values of; None for any other fault."""
    return error.orig.diag.constraint_name if isinstance(error.orig, UniqueViolation) else None


def lost_a_race(error: Exception) -> bool:
    """Whether the database chose this transaction to fail so that another could go on."""
    return isinstance(error, DBAPIError) and _state(error) in {SERIALIZATION_FAILURE, DEADLOCK}


def database_is_away(error: Exception) -> bool:
    """Whether the database could not be asked or could not do its work, as against having said no."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError) or lost_a_race(error):
        return False
    state = _state(error)
    if state is None:
        # There was no answer at all, unless it is the driver that refused the values.
        return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return error.connection_invalidated or state == _READ_ONLY or state.startswith(_AWAY)


def _state(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)

"""What an error of the database means: a lost race, an unreachable server, a value that is taken."""

import psycopg
from psycopg.errors import UniqueViolation
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

SERIALIZATION_FAILURE, DEADLOCK, CANCELED = "40001", "40P01", "57014"
# A lost connection; no more room on disk, memory or connections; a lock that somebody holds for longer than anybody
# waits; shutting down, crashed or starting; failed files.
_AWAY = ("08", "53", "55P03", "57P", "58")
# As after a failover, or by the hand of an operator who protects a full disk.
READ_ONLY = "25006"
# A plan for a table that was changed since, and a prepared statement that the server does not have (any more).
_STALE = {"0A000", "26000", "42P05"}
# A lost connection; one that the server has ended.
_GONE = ("08", "57P")


def violated_key(error: IntegrityError) -> str | None:
    """The unique constraint or index that another row already has the values of; None for any other fault."""
    return error.orig.diag.constraint_name if isinstance(error.orig, UniqueViolation) else None


def lost_a_race(error: Exception) -> bool:
    """Whether the database chose this transaction to fail so that another could go on."""
    return isinstance(error, DBAPIError) and _state(error) in {SERIALIZATION_FAILURE, DEADLOCK}


def took_too_long(error: Exception) -> bool:
    """Whether a statement was ended because its time was over."""
    return isinstance(error, DBAPIError) and _state(error) == CANCELED


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
    return error.connection_invalidated or state == READ_ONLY or state.startswith(_AWAY)


def is_stale(error: psycopg.Error) -> bool:
    """Whether what the server has prepared for a connection no longer fits: without it, a statement may succeed."""
    return error.sqlstate in _STALE


def is_gone(error: psycopg.Error) -> bool:
    """Whether there is no more connection to the server."""
    return error.sqlstate is None or error.sqlstate.startswith(_GONE)


def as_of_sqlalchemy(error: psycopg.Error, statement: str) -> DBAPIError:
    """An error of the driver as SQLAlchemy raises it, without the values of the statement."""
    wrapper = DBAPIError.instance(statement, None, error, psycopg.Error, hide_parameters=True)
    if not isinstance(wrapper, DBAPIError):
        raise TypeError(f"No error of the database: {wrapper!r}") from error
    leave_out_values(error, wrapper)
    return wrapper


def leave_out_values(cause: BaseException | None, wrapper: BaseException | None) -> None:
    """Of an error of the server its message is kept and its detail is not, which quotes the row or the key."""
    if isinstance(cause, psycopg.Error) and cause.diag.message_primary:
        cause.args = (cause.diag.message_primary,)
        if wrapper is not None:
            wrapper.args = (f"({type(cause).__module__}.{type(cause).__qualname__}) {cause}",)


def _state(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)

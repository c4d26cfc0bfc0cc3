"""What notifications forgets, so that no table grows for ever."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, select
from sqlalchemy.orm import InstrumentedAttribute

from services.notifications.models import Base, LoanDues, Mail

# No event about a loan comes so long after the one that closed it.
_CLOSED_LOANS_KEPT = timedelta(days=396)
_BATCH = 1000


def forget_old(connection: Connection, *, at: datetime, mails_kept: timedelta) -> None:
    """Remove one batch each of loans that nothing falls due of any more, and of mails that are done with. A mail is
    known by its `dedupe` for as long as it is kept; what happened before that is not written about any more."""
    is_idle = and_(LoanDues.next_due_on.is_(None), LoanDues.changed_at < at - _CLOSED_LOANS_KEPT)
    _forget(connection, LoanDues, LoanDues.loan_id, is_idle)
    _forget(connection, Mail, Mail.id, and_(Mail.status != "PENDING", Mail.created_at < at - mails_kept))


def _forget(
    connection: Connection, table: type[Base], key: InstrumentedAttribute[Any], is_old: ColumnElement[bool]
) -> None:
    connection.execute(delete(table).where(key.in_(select(key).where(is_old).limit(_BATCH))))

"""The one lock of this service."""

from sqlalchemy import Connection, select

from services.reporting.models import audit_chain


def lock_chain(connection: Connection) -> None:
    """Wait until nobody else changes the portfolio or the trail, and let others wait until this transaction has ended.

    The trail needs this anyway. Locks of loans, members and sums beside it would be taken crosswise, because events
    come in any order, and the database breaks such a tie only after a second.
    """
    connection.execute(select(audit_chain.c.id).with_for_update())

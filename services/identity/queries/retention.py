"""How long rows are kept, and the removal of older ones, so that no table grows for ever."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, select
from sqlalchemy.orm import InstrumentedAttribute

from services.identity.models import (
    AttemptCount,
    Base,
    ExternalSignIn,
    LoanOfMember,
    OneTimeLink,
    RecoveryRequest,
    SignIn,
    StaffSession,
)
from services.identity.queries.institution import current_settings
from services.identity.queries.requests import remove_requests

_ATTEMPTS_KEPT = timedelta(days=2)
_LINKS_KEPT = timedelta(days=7)
_REQUESTS_KEPT = timedelta(hours=1)
# No event about a loan comes so long after the one that closed it.
_CLOSED_LOANS_KEPT = timedelta(days=396)
_BATCH = 1000
_QUARTER_SECONDS = 900
# Longer than a signature lives and a quarter of an hour lasts, by any clock.
_SPENT_IDS_KEPT = timedelta(hours=1)


def remove_expired(connection: Connection, *, at: datetime, sessions_kept: timedelta) -> None:
    """Remove one batch each of what has had its day: attempts, links, requests, sign-ins that never came back,
    the sign-in history as long as the settings say, loans long closed, what gateways counted, sessions."""
    _remove(connection, AttemptCount, AttemptCount.key, AttemptCount.last_at < at - _ATTEMPTS_KEPT)
    _remove(connection, OneTimeLink, OneTimeLink.id, OneTimeLink.expires_at < at - _LINKS_KEPT)
    _remove(connection, RecoveryRequest, RecoveryRequest.id, RecoveryRequest.requested_at < at - _REQUESTS_KEPT)
    _remove(connection, ExternalSignIn, ExternalSignIn.state_digest, ExternalSignIn.expires_at < at)
    sign_ins_kept = timedelta(days=current_settings(connection).log_retention_days)
    _remove(connection, SignIn, SignIn.id, SignIn.happened_at < at - sign_ins_kept)
    is_old = and_(~LoanOfMember.is_open, LoanOfMember.changed_at < at - _CLOSED_LOANS_KEPT)
    _remove(connection, LoanOfMember, LoanOfMember.loan_id, is_old)
    quarter = int(at.timestamp()) // _QUARTER_SECONDS
    remove_requests(connection, quarters_before=quarter, ids_before=at - _SPENT_IDS_KEPT)
    _remove_sessions(connection, before=at - sessions_kept)


def _remove(
    connection: Connection, table: type[Base], key: InstrumentedAttribute[Any], is_old: ColumnElement[bool]
) -> None:
    connection.execute(delete(table).where(key.in_(select(key).where(is_old).limit(_BATCH))))


def _remove_sessions(connection: Connection, *, before: datetime) -> None:
    """Oldest first, and of those that expired together first the one begun from another, which refers to it."""
    old = select(StaffSession.id).where(StaffSession.refresh_expires_at < before)
    old = old.order_by(StaffSession.refresh_expires_at, StaffSession.parent_id.is_(None)).limit(_BATCH)
    connection.execute(delete(StaffSession).where(StaffSession.id.in_(old)))

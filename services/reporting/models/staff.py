"""The table of what staff do."""

from sqlalchemy import Column, Integer, Table, Uuid

from services.reporting.models.base import Moment, metadata

# How often and when staff signed in, as identity reports it.
staff_activity = Table(
    "staff_activity",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("login_count", Integer, nullable=False),
    Column("last_login_at", Moment, nullable=False),
)

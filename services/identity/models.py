"""Tables of staff accounts, their sessions and the company's settings."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Enum, ForeignKey, Index, MetaData, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.context import Role
from shared.db import NAMING

_IS_LIVE = text("deleted_at IS NULL")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        str: Text,
        datetime: DateTime(timezone=True),
        Role: Enum(Role, native_enum=False, create_constraint=True, length=20, name="role"),
        dict[str, Any]: JSONB,
    }


class User(Base):
    """A member of staff and the password hash it signs in with."""

    # `user` is a reserved word of SQL.
    __tablename__ = "user_account"
    __table_args__ = (
        # A deleted account does not keep its address from being used again.
        Index("user_account_email_key", "email", unique=True, postgresql_where=_IS_LIVE),
        Index("user_account_supervisor_id_idx", "supervisor_id"),
        Index("user_account_created_at_idx", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    password_hash: Mapped[str]
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    phone: Mapped[str | None]
    address: Mapped[str | None]
    profile_image: Mapped[str | None]
    role: Mapped[Role]
    supervisor_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    is_active: Mapped[bool]
    login_count: Mapped[int] = mapped_column(default=0)
    last_login_at: Mapped[datetime | None]
    last_activity_at: Mapped[datetime | None]
    # Counts what was told of this account.
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class StaffSession(Base):
    """One sign-in: every pair of tokens it ever gets is made from this row."""

    __tablename__ = "staff_session"
    __table_args__ = (
        Index("staff_session_live_idx", "user_id", postgresql_where=text("revoked_at IS NULL")),
        Index("staff_session_revoked_idx", "access_expires_at", postgresql_where=text("revoked_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    ip_address: Mapped[str | None]
    user_agent: Mapped[str | None]
    # Counts refreshes; the only refresh token that is good carries this number.
    rotation: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    issued_at: Mapped[datetime]
    access_expires_at: Mapped[datetime]
    refresh_expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None]


class AdminLock(Base):
    """Its one row is written by whoever changes which admins there are, so that two such changes see each other."""

    __tablename__ = "admin_lock"

    id: Mapped[int] = mapped_column(primary_key=True)


class CompanySetting(Base):
    """What the institution calls itself and how it writes dates and amounts; one row."""

    __tablename__ = "company_setting"

    id: Mapped[str] = mapped_column(primary_key=True, default="default")
    name: Mapped[str] = mapped_column(default="Millenium Potters")
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str | None]
    address: Mapped[str | None]
    currency: Mapped[str] = mapped_column(default="NGN")
    currency_symbol: Mapped[str] = mapped_column(default="₦")
    date_format: Mapped[str] = mapped_column(default="DD/MM/YYYY")
    time_format: Mapped[str] = mapped_column(default="24h")
    timezone: Mapped[str] = mapped_column(default="Africa/Lagos")
    invoice_prefix: Mapped[str] = mapped_column(default="INV-")
    expense_prefix: Mapped[str] = mapped_column(default="EXP-")
    logo: Mapped[str | None]
    login_logo: Mapped[str | None]
    favicon: Mapped[str | None]
    theme: Mapped[dict[str, Any] | None]
    maintenance_mode: Mapped[bool] = mapped_column(default=False)
    maintenance_message: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

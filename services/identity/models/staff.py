"""Tables of staff accounts and their sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.identity.models.base import IS_LIVE, Base
from shared.context import Role


class User(Base):
    """A member of staff and the password hash it signs in with."""

    # `user` is a reserved word of SQL.
    __tablename__ = "user_account"
    __table_args__ = (
        # A deleted account does not keep its address from being used again.
        Index("user_account_email_key", "email", unique=True, postgresql_where=IS_LIVE),
        # Lists are newest first, whatever they are narrowed to, unless another order is asked for.
        Index("user_account_created_at_idx", "created_at", "id"),
        Index("user_account_supervised_idx", "supervisor_id", "created_at", "id", postgresql_where=IS_LIVE),
        Index("user_account_role_idx", "role", "created_at", "id", postgresql_where=IS_LIVE),
        Index("user_account_inactive_idx", "created_at", "id", postgresql_where=text("NOT is_active")),
        Index("user_account_name_idx", "search", "id", postgresql_where=IS_LIVE),
        Index("user_account_last_login_idx", text("last_login_at NULLS FIRST"), "id", postgresql_where=IS_LIVE),
        Index("user_account_search_idx", "search", postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"}),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    password_hash: Mapped[str]
    # Set by somebody else, so that its owner may be asked to choose another.
    password_is_temporary: Mapped[bool] = mapped_column(default=False, server_default="false")
    # Who made the account; None for the first admin, and before this was written down.
    created_by: Mapped[UUID | None]
    # Who last gave it a password its owner had not chosen, or another address for its links, and when.
    password_set_by: Mapped[UUID | None]
    password_set_at: Mapped[datetime | None]
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
    # Counts the events of this account.
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    search: Mapped[str] = mapped_column(
        Computed("lower(coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' || email)", persisted=True)
    )


class StaffSession(Base):
    """One sign-in: every pair of tokens it ever gets is made from this row."""

    __tablename__ = "staff_session"
    __table_args__ = (
        Index("staff_session_live_idx", "user_id", postgresql_where=text("revoked_at IS NULL")),
        Index("staff_session_revoked_idx", "access_expires_at", postgresql_where=text("revoked_at IS NOT NULL")),
        Index("staff_session_user_id_idx", "user_id", "started_at"),
        Index("staff_session_parent_id_idx", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index("staff_session_refresh_expires_at_idx", "refresh_expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    ip_address: Mapped[str | None]
    user_agent: Mapped[str | None]
    # How it was begun: by a password, a link, another provider, or an admin who acts as this one; None before this was
    # written down.
    method: Mapped[str | None]
    # Counts refreshes; the only refresh token that is good carries this number.
    rotation: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    issued_at: Mapped[datetime]
    access_expires_at: Mapped[datetime]
    refresh_expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None]
    # Whether cookies outlive the browser; who did not ask for it gets shorter tokens too.
    is_remembered: Mapped[bool] = mapped_column(default=True, server_default="true")
    # No refresh goes beyond; None in a session older than this limit.
    ends_at: Mapped[datetime | None]
    # Until the password is another one, the session serves for nothing but changing it.
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default="false")
    # The admin who acts in this session as its user, and the session of the admin's own that it ends with.
    impersonator_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_session.id"))


class AdminLock(Base):
    """Its one row is written by whoever changes which admins there are, so that two such changes see each other."""

    __tablename__ = "admin_lock"

    id: Mapped[int] = mapped_column(primary_key=True)

"""Tables of the mail queue and of the texts the institution has changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from services.identity.models.base import Base


class EmailTemplate(Base):
    """A template as the institution changed it; one that has no row is as it was delivered."""

    __tablename__ = "email_template"

    key: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    content: Mapped[str]
    email_enabled: Mapped[bool]
    sms_enabled: Mapped[bool]
    updated_at: Mapped[datetime]


class Mail(Base):
    """One mail to one address, written in the transaction that causes it and sent by the worker."""

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint("status IN ('PENDING', 'SENT', 'WRITTEN', 'SKIPPED', 'DEAD')", name="status"),
        Index("mail_dedupe_key", "dedupe", unique=True),
        Index("mail_due_idx", "next_try_at", postgresql_where=text("status = 'PENDING'")),
        Index(
            "mail_links_due_idx",
            "next_try_at",
            postgresql_where=text("status = 'PENDING' AND template IN ('invitation', 'magic_link', 'password_reset')"),
        ),
        Index("mail_recipient_idx", "recipient", "template", "created_at"),
        Index("mail_created_at_idx", "created_at", "id"),
        Index("mail_status_idx", "status", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    template: Mapped[str]
    recipient: Mapped[str]
    variables: Mapped[dict[str, Any]]
    # The link that the mail brings, encrypted, until it is sent or given up; then nobody can have it from here.
    sealed_link: Mapped[str | None]
    dedupe: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="PENDING")
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_try_at: Mapped[datetime] = mapped_column(server_default=func.now())
    error: Mapped[str | None]
    # What was written to the mail folder, without its link; a mail that left the house is not kept.
    subject: Mapped[str | None]
    content: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]

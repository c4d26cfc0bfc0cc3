"""Tables of notifications: the mail queue, the mail server, changed templates, and what falls due of loans."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, MetaData, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.postgres.tables import NAMING, RIGHTS


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {str: Text, datetime: DateTime(timezone=True), dict[str, Any]: JSONB, list[Any]: JSONB}


class EmailSetting(Base):
    """The mail server, in one row."""

    __tablename__ = "email_setting"

    id: Mapped[str] = mapped_column(primary_key=True, default="default")
    smtp_host: Mapped[str] = mapped_column(server_default="")
    smtp_port: Mapped[int] = mapped_column(server_default="587")
    smtp_username: Mapped[str] = mapped_column(server_default="")
    # Encrypted; empty for none.
    smtp_password: Mapped[str] = mapped_column(server_default="")
    smtp_encryption: Mapped[str] = mapped_column(server_default="tls")
    from_email: Mapped[str] = mapped_column(server_default="")
    from_name: Mapped[str] = mapped_column(server_default="")
    enabled: Mapped[bool] = mapped_column(server_default="true")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


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
        Index("mail_created_at_idx", "created_at", "id"),
        Index("mail_status_idx", "status", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    template: Mapped[str]
    recipient: Mapped[str]
    variables: Mapped[dict[str, Any]]
    # The link that the mail brings, encrypted, until it is sent or given up; then nobody can have it from here.
    sealed_link: Mapped[str | None]
    # After this the link is worth nothing, and the mail is not sent any more; null where the mail brings none.
    expires_at: Mapped[datetime | None]
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


class LoanDues(Base):
    """When money of a loan falls due: the schedule as lending published it, and what payments recorded of its lines.

    One row for a loan, because nothing here is asked by line: there are ten times as many lines as loans.
    """

    __tablename__ = "loan_dues"
    __table_args__ = (
        Index("loan_dues_next_due_on_idx", "next_due_on", postgresql_where=text("next_due_on IS NOT NULL")),
        Index("loan_dues_idle_idx", "changed_at", postgresql_where=text("next_due_on IS NULL")),
    )

    loan_id: Mapped[UUID] = mapped_column(primary_key=True)
    # Of the loan and its status: lending's version of them, 0 while lending has published nothing.
    version: Mapped[int] = mapped_column(server_default="0")
    loan_number: Mapped[str | None]
    member_id: Mapped[UUID | None]
    union_id: Mapped[UUID | None]
    is_served: Mapped[bool] = mapped_column(server_default="false")
    # The schedule, and the version of it that `paid` is about; each line as a list, see queries/dues.py.
    schedule_version: Mapped[int] = mapped_column(server_default="0")
    lines: Mapped[list[Any]] = mapped_column(server_default="[]")
    paid_version: Mapped[int] = mapped_column(server_default="0")
    paid: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Members were reminded of all that falls due until this day; the next day there is something to be reminded of.
    reminded_until: Mapped[date | None]
    next_due_on: Mapped[date | None]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LoanTypeName(Base):
    """What a loan type is called."""

    __tablename__ = "loan_type_name"

    loan_type_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[int]


class CarryOver(Base):
    """That the mail which identity kept in the release before was given to notifications; one row."""

    __tablename__ = "carry_over"
    __table_args__ = {"info": {RIGHTS: "SELECT"}}

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # From when on events may have been handled by nobody.
    since: Mapped[datetime]
    # Whether no process of the release before runs any more.
    is_over: Mapped[bool]

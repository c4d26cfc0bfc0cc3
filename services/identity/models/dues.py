"""Tables of what identity knows of loans so that it can write to members about them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.identity.models.base import Base


class LoanDues(Base):
    """When money of a loan falls due: the schedule as lending told it, and what payments told of its lines.

    One row for a loan, because nothing here is asked by line: there are ten times as many lines as loans.
    """

    __tablename__ = "loan_dues"
    __table_args__ = (
        Index("loan_dues_next_due_on_idx", "next_due_on", postgresql_where=text("next_due_on IS NOT NULL")),
        Index("loan_dues_idle_idx", "changed_at", postgresql_where=text("next_due_on IS NULL")),
    )

    loan_id: Mapped[UUID] = mapped_column(primary_key=True)
    # Of the loan and its status: lending's version of them, 0 while lending has told nothing.
    version: Mapped[int] = mapped_column(server_default="0")
    loan_number: Mapped[str | None]
    member_id: Mapped[UUID | None]
    union_id: Mapped[UUID | None]
    is_served: Mapped[bool] = mapped_column(server_default="false")
    # The schedule, and the version of it that `paid` is about; each line as a list, see queries/dues.py.
    schedule_version: Mapped[int] = mapped_column(server_default="0")
    lines: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
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

"""The table of what identity knows of loans."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.identity.models.base import Base


class LoanOfMember(Base):
    """Whether a loan is still open, and whose it is, so that nobody leaves open loans behind.

    A closed loan stays for a while, so that an older event about it that comes late does not open it again.
    """

    __tablename__ = "loan_of_member"
    __table_args__ = (
        Index("loan_of_member_open_idx", "member_id", postgresql_where=text("is_open")),
        Index("loan_of_member_closed_idx", "changed_at", postgresql_where=text("NOT is_open")),
    )

    loan_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    is_open: Mapped[bool]
    changed_at: Mapped[datetime]
    version: Mapped[int]

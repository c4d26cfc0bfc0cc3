"""The table of notes about members of staff."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.identity.models.base import Base


class Note(Base):
    """What somebody wrote down about a member of staff."""

    __tablename__ = "user_note"
    __table_args__ = (
        Index("user_note_created_at_idx", "created_at", "id"),
        Index("user_note_user_id_idx", "user_id", "created_at", "id"),
        Index("user_note_created_by_idx", "created_by", "created_at", "id"),
        Index("user_note_category_idx", "category", "created_at", "id"),
        Index("user_note_search_idx", "search", postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"}),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    title: Mapped[str]
    content: Mapped[str]
    category: Mapped[str]
    is_private: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    search: Mapped[str] = mapped_column(Computed("lower(title || ' ' || content)", persisted=True))

"""The table of the sign-in history."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.identity.models.base import Base


class SignIn(Base):
    """One attempt to sign in to an account; `failure` says why it failed, None that it did not."""

    __tablename__ = "sign_in"
    __table_args__ = (
        Index("sign_in_happened_at_idx", "happened_at", "id"),
        Index("sign_in_user_id_idx", "user_id", "happened_at", "id"),
        # Failures are few, and looked for among many.
        Index("sign_in_failed_idx", "happened_at", "id", postgresql_where=text("failure IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    happened_at: Mapped[datetime]
    ip_address: Mapped[str | None]
    user_agent: Mapped[str | None]
    failure: Mapped[str | None]
    # How they proved who they are; None where nobody did, and before this was written down.
    method: Mapped[str | None]

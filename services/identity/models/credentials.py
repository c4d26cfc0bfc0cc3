"""Tables of what lets somebody in for a while: counters of attempts, single-use links, sign-ins under way elsewhere."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.identity.domain.recovery import LinkPurpose
from services.identity.models.base import Base

_PURPOSES = ", ".join(f"'{purpose}'" for purpose in LinkPurpose)


class AttemptCount(Base):
    """How often something was tried lately, by whom or on whom the key says; the numbers are those of domain/limits."""

    __tablename__ = "attempt_count"
    __table_args__ = (Index("attempt_count_last_at_idx", "last_at"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    attempts: Mapped[int]
    since: Mapped[datetime]
    blocks: Mapped[int]
    last_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]


class RecoveryRequest(Base):
    """Somebody asked for a link to be sent to an address, whether there is an account with it or not. The worker finds
    out, so that the answer to who asked takes equally long for every address."""

    __tablename__ = "recovery_request"
    __table_args__ = (
        CheckConstraint(f"purpose IN ({_PURPOSES})", name="purpose"),
        Index("recovery_request_requested_at_idx", "requested_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    purpose: Mapped[str]
    requested_at: Mapped[datetime]


class OneTimeLink(Base):
    """A link that was mailed: who has it may do one thing once. Only the digest of its secret is kept."""

    __tablename__ = "one_time_link"
    __table_args__ = (
        CheckConstraint(f"purpose IN ({_PURPOSES})", name="purpose"),
        Index("one_time_link_digest_key", "digest", unique=True),
        Index("one_time_link_user_id_idx", "user_id", "purpose"),
        Index("one_time_link_expires_at_idx", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    purpose: Mapped[str]
    digest: Mapped[str]
    # A digest of the address and password hash of its day: a change of either makes the link worthless.
    made_for: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    # When it was used, or replaced by a newer one.
    used_at: Mapped[datetime | None]


class ExternalSignIn(Base):
    """A sign-in that was sent to another provider and has not come back; its row goes when it does."""

    __tablename__ = "external_sign_in"
    __table_args__ = (Index("external_sign_in_expires_at_idx", "expires_at"),)

    state_digest: Mapped[str] = mapped_column(primary_key=True)
    # Of the cookie of the browser it began in: elsewhere the state is worth nothing.
    browser_digest: Mapped[str]
    provider: Mapped[str]
    nonce: Mapped[str]
    code_verifier: Mapped[str]
    expires_at: Mapped[datetime]

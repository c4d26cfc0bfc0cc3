"""Proofs of who somebody is, whatever they were given by."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Method(StrEnum):
    """How somebody proved who they are."""

    PASSWORD = "password"  # noqa: S105 - the name of a method
    MAGIC_LINK = "magic-link"
    RESET_LINK = "reset-link"
    INVITATION = "invitation"
    GOOGLE = "google"
    GITHUB = "github"

    @property
    def is_by_mail(self) -> bool:
        """Whether the mailbox was enough, so that its owner is warned."""
        return self in (Method.MAGIC_LINK, Method.RESET_LINK, Method.INVITATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Somebody proved to be this user a moment ago, outside of the transaction that believes it; the proof holds only
    while the account still has that password hash, and a link it was made with is not used."""

    user_id: UUID
    method: Method = Method.PASSWORD
    password_hash: str | None = field(default=None, repr=False)
    # The password hashed as new ones are, when it was hashed more cheaply once.
    better_hash: str | None = field(default=None, repr=False)
    link_id: UUID | None = None
    # What the password provider takes for its owner's word.
    ticket: str | None = field(default=None, repr=False)

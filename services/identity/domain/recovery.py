"""Links that are mailed: what each is good for, and for how long."""

from datetime import timedelta
from enum import StrEnum

# Anybody can have these sent to anybody, so that they are sent to nobody more often than once in this time.
ONE_LINK_PER = timedelta(minutes=1)


class LinkPurpose(StrEnum):
    """A link serves one purpose and is refused for any other."""

    PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a purpose
    MAGIC_LINK = "magic_link"
    # To choose the first password of an account.
    INVITATION = "invitation"

    @property
    def lifetime(self) -> timedelta:
        """How long it can be used; a link that signs in is worth more to who finds it, and is used at once, while a new
        member of staff reads the mail when they come to work."""
        return _LIFETIMES[self]

    @property
    def sets_password(self) -> bool:
        """Whether it serves to choose a password."""
        return self is not LinkPurpose.MAGIC_LINK


_LIFETIMES = {
    LinkPurpose.PASSWORD_RESET: timedelta(minutes=60),
    LinkPurpose.MAGIC_LINK: timedelta(minutes=15),
    LinkPurpose.INVITATION: timedelta(hours=72),
}

"""Links that are mailed: what each is good for, and for how long."""

from datetime import timedelta
from enum import StrEnum


class LinkPurpose(StrEnum):
    """A link serves one purpose and is refused for any other."""

    PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a purpose
    MAGIC_LINK = "magic_link"

    @property
    def lifetime(self) -> timedelta:
        """How long it can be used; a link that signs in is worth more to who finds it, and is used at once."""
        return timedelta(minutes=60) if self is LinkPurpose.PASSWORD_RESET else timedelta(minutes=15)

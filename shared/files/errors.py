"""What keeps a table from becoming a file."""

from shared.errors import DomainError


class TooManyRows(DomainError):
    """The table is longer than a file made while one waits may be."""

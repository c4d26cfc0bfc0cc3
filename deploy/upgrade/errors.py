"""What stands between somebody and the next major version of PostgreSQL."""


class CannotUpgrade(Exception):
    """The database is the old one, whole, and nothing counts less; the message says why and what to do."""

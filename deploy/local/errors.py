"""What stops the platform from starting, in one line for the person who typed the command."""


class CannotStart(Exception):
    """The platform cannot start; the message says why and what to do, in one line."""

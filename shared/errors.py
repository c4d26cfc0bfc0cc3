"""What goes wrong by the rules of the business. `shared.web.problems` gives each kind its HTTP status."""

import re
from typing import Any

_WORDS = re.compile(r"(?<!^)(?=[A-Z])")


class DomainError(Exception):
    """The business says no. The message is written for the person who asked.

    `field` names the input at fault, when there is one. The docstring of a class says to clients what its `code` means.
    """

    code = "domain-error"
    """The stable name of this error for programs: `LoanNotFound` is `loan-not-found`, unless the class says another."""

    def __init_subclass__(cls) -> None:
        if "code" not in vars(cls):
            cls.code = _WORDS.sub("-", cls.__name__).lower()

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    @property
    def details(self) -> dict[str, Any]:
        """Further members of the answer beside the message, ready for JSON: figures a program can act on."""
        return {}


class Unauthenticated(DomainError):
    """Nobody we know is asking."""


class NotFound(DomainError):
    """Nothing by that name, or not for this actor to see."""


class Misdirected(DomainError):
    """Another service answers this; the gateway asks it then."""


class Forbidden(DomainError):
    """This actor may not do this."""


class Conflict(DomainError):
    """It exists, but not in a state that allows this."""


class RuleViolated(DomainError):
    """Well formed, and against a rule of the institution."""


class TooManyRequests(DomainError):
    """Asked more often than is served; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after

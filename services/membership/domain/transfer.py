"""The transfer of a union to another credit officer, which is asked for first and executed later."""

from enum import StrEnum

from shared.errors import Conflict, RuleViolated


class TransferStatus(StrEnum):
    """Waiting; carried out; called off."""

    PENDING = "PENDING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class TransferEnded(Conflict):
    """The transfer was carried out or called off before."""


class SameUnion(RuleViolated):
    """The union an officer comes from is the one that they are to get."""


def ended(status: TransferStatus, end: TransferStatus) -> TransferStatus:
    """The status of a transfer that ends so. Raises TransferEnded unless it waits."""
    if status is not TransferStatus.PENDING:
        raise TransferEnded(f"This transfer is {status.lower()} already.")
    return end

"""What waits for somebody before it is a running loan: the work of an officer and of a supervisor."""

from datetime import timedelta
from enum import StrEnum


class WaitsAs(StrEnum):
    """A draft waits to be submitted, an application for a decision, an approved one to be disbursed; a rejected one was
    submitted and called off lately, and its officer should know."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


REJECTED_LATELY = timedelta(days=14)
"""For how long a rejected application is shown."""
MOST_OF_EACH = 50
"""How many of each kind are shown; all are counted."""

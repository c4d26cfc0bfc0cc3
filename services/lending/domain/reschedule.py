"""Rescheduling: what falls due from a day on is repaid by other terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, Self, TypeVar
from uuid import UUID

from services.lending.domain.schedule import Instalment, make_schedule
from services.lending.domain.terms import LONGEST_TERM, InvalidTerms, Terms
from shared.errors import RuleViolated
from shared.money import ZERO


class NothingToReschedule(RuleViolated):
    """No principal falls due from that day on."""


class ProposalStatus(StrEnum):
    """Where a proposal to reschedule stands."""

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class ScheduleEnd(StrEnum):
    """What put an end to a schedule."""

    DISBURSED = "DISBURSED"
    EDITED = "EDITED"
    REGENERATED = "REGENERATED"
    RESCHEDULED = "RESCHEDULED"
    RESTORED = "RESTORED"
    APPROVAL_UNDONE = "APPROVAL_UNDONE"
    DISBURSEMENT_UNDONE = "DISBURSEMENT_UNDONE"


@dataclass(frozen=True, slots=True)
class EndedLine:
    """A line of a schedule that came to its end."""

    instalment_id: UUID
    sequence: int
    due_on: date
    principal: Decimal
    interest: Decimal

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """The line as the history of schedules keeps it, with text for its id, its day and its amounts."""
        return cls(
            UUID(kept["instalment_id"]),
            kept["sequence"],
            date.fromisoformat(kept["due_on"]),
            Decimal(kept["principal"]),
            Decimal(kept["interest"]),
        )


class Due(Protocol):
    """A line of the present schedule. (Not read-only properties: the rows of the table are lines, too.)"""

    due_on: date
    principal: Decimal


Line = TypeVar("Line", bound=Due)


def lines_that_stay(schedule: Sequence[Line], from_on: date) -> tuple[list[Line], Decimal]:
    """The lines due before the day, paid or not, and the principal of the others, to be spread anew.

    Raises NothingToReschedule when there is none.
    """
    stay = [line for line in schedule if line.due_on < from_on]
    principal = sum((line.principal for line in schedule if line.due_on >= from_on), ZERO)
    if not principal:
        raise NothingToReschedule(f"No principal falls due on {from_on} or later.", field="from_on")
    return stay, principal


def continued(terms: Terms, from_on: date, *, after: int) -> tuple[Instalment, ...]:
    """The schedule of these terms, counted from the day, with its sequence going on after that many lines.

    Raises InvalidTerms.
    """
    if after + terms.term_count > LONGEST_TERM:
        raise InvalidTerms(f"A loan has between 1 and {LONGEST_TERM} instalments.", field="term_count")
    return tuple(replace(line, sequence=after + line.sequence) for line in make_schedule(terms, from_on))

"""What happened to loans, kept so that how they stood can be said of any past day.

Facts are added and never changed; each has the day from which it counts and the day on which it was recorded. Their
order of arrival does not matter: each has an id or a version of its own, and one that comes again changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

CENTS_OF_ONE = 100


def cents(amount: Decimal) -> int:
    """An amount in hundredths. Searching a list of whole numbers is what makes positions fast."""
    return int(amount * CENTS_OF_ONE)


@dataclass(frozen=True, slots=True)
class LoanState:
    """A loan after one step of its life, from the day `counts_from` until the one of a higher version counts."""

    loan_id: UUID
    version: int
    counts_from: date
    recorded_on: date
    status: str
    union_id: UUID
    loan_type_id: UUID | None
    principal: Decimal
    disbursed_on: date | None
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class Schedule:
    """What falls due on a loan, charges left out, from the day `counts_from` until a higher version counts.

    A place in the lists is an instalment, the oldest first: its due day, and all that falls due up to it, in cents: of
    everything and of the principal. They are empty where the step took the schedule away.
    """

    loan_id: UUID
    version: int
    counts_from: date
    recorded_on: date
    is_reschedule: bool
    due_on: Sequence[date]
    total_by: Sequence[int]
    principal_by: Sequence[int]


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of an amount of money by what they pay."""

    penalty: Decimal
    fee: Decimal
    interest: Decimal
    principal: Decimal


@dataclass(frozen=True, slots=True)
class Reallocation:
    """Where the repayments of a loan were put when its account was replayed; parts are in cents, by repayment."""

    loan_id: UUID
    account_version: int
    recorded_on: date
    repayment_ids: Sequence[UUID]
    penalty: Sequence[int]
    fee: Sequence[int]
    interest: Sequence[int]
    principal: Sequence[int]


@dataclass(frozen=True, slots=True)
class Charge:
    """A fee, a penalty, or a rebate of interest, which falls with the repayment that was recorded at the same moment.

    What an event does not tell is None: a waiver may come before its charge. `waived_on` is the day from which it is
    asked for no more.
    """

    id: UUID
    loan_id: UUID
    kind: str
    due_on: date
    amount: Decimal
    recorded_at: datetime | None
    recorded_on: date | None
    waived_on: date | None


@dataclass(frozen=True, slots=True)
class UnionOfficer:
    """Who has a union from the day `counts_from` until a higher version counts."""

    union_id: UUID
    version: int
    counts_from: date
    officer_id: UUID


@dataclass(frozen=True, slots=True)
class FactAhead:
    """Something of a loan counts only from a day that was still to come when it was recorded."""

    loan_id: UUID
    counts_from: date

"""How a loan stands on a given day: what is late, what comes next, how much is done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from shared.money import ZERO, round_money

OVERDUE = "OVERDUE"


class InstalmentStatus(StrEnum):
    """How far an instalment is settled."""

    PENDING = "PENDING"
    PARTIAL = "PARTIAL"
    PAID = "PAID"


@dataclass(frozen=True, slots=True)
class Debt:
    """What is still owed on one instalment; more than zero."""

    due_on: date
    outstanding: Decimal


@dataclass(frozen=True, slots=True)
class Arrears:
    """What is past its due date: how much, on how many instalments, and for how many days the oldest of them."""

    amount: Decimal
    count: int
    days: int


def days_overdue(due_on: date, today: date) -> int:
    """Days since the due date; zero on the day itself and before."""
    return max(0, (today - due_on).days)


def is_overdue(status: InstalmentStatus, due_on: date, today: date) -> bool:
    """Whether the due date has passed and something is still owed."""
    return status is not InstalmentStatus.PAID and due_on < today


def status_on(status: InstalmentStatus, due_on: date, today: date) -> str:
    """The status as people see it on a day: OVERDUE in place of PENDING after the due date; PARTIAL stays."""
    return OVERDUE if status is InstalmentStatus.PENDING and due_on < today else status


def arrears(debts: Iterable[Debt], today: date) -> Arrears:
    """The debts whose due date has passed; `days` counts from the oldest."""
    late = [debt for debt in debts if debt.due_on < today]
    days = max((days_overdue(debt.due_on, today) for debt in late), default=0)
    return Arrears(sum((debt.outstanding for debt in late), ZERO), len(late), days)


def next_due(debts: Sequence[Debt], today: date) -> Debt | None:
    """The first debt due today or later; None when nothing more falls due."""
    return min((debt for debt in debts if debt.due_on >= today), key=lambda debt: debt.due_on, default=None)


def completion(paid: Decimal, expected: Decimal) -> Decimal:
    """How much of what was expected is paid, in percent with two places, between 0 and 100."""
    if expected <= 0:
        return ZERO
    return min(Decimal(100), round_money(paid * 100 / expected))

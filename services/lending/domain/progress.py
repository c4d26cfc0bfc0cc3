"""How a loan stands on a given day: what is late, what comes next, how much is done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from services.lending.domain.conditions import PenaltyMode
from services.lending.domain.loan import RUNNING, LoanStatus
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


@dataclass(frozen=True, slots=True)
class Standing:
    """How a loan stands on a day. `completion` is how much of what is expected is paid, in percent; `penalty` what was
    charged for being late, or would be where penalties are only shown."""

    arrears: Arrears
    next_due: Debt | None
    completion: Decimal
    penalty: Decimal


@dataclass(frozen=True, slots=True)
class StatusSums:
    """How many loans are in a status, the money in them, and how many of them are overdue."""

    status: LoanStatus
    count: int
    principal: Decimal
    paid: Decimal
    outstanding: Decimal
    overdue: int


class Line(Protocol):
    """An instalment with everything that falls due on it."""

    status: InstalmentStatus
    due_on: date
    principal: Decimal
    interest: Decimal
    fee: Decimal
    penalty: Decimal
    paid: Decimal


class Account(Protocol):
    """A loan with what is paid and owed on it, and what it says of penalties."""

    status: LoanStatus
    paid: Decimal
    outstanding: Decimal
    penalty_per_day: Decimal
    penalty_grace_days: int
    penalty_mode: PenaltyMode


def is_overdue(status: InstalmentStatus, due_on: date, *, today: date) -> bool:
    """Whether the due date has passed and something is still owed."""
    return status is not InstalmentStatus.PAID and due_on < today


def days_overdue(status: InstalmentStatus, due_on: date, *, today: date) -> int:
    """Days since the due date of an instalment that is overdue, else zero."""
    return (today - due_on).days if is_overdue(status, due_on, today=today) else 0


def status_on(status: InstalmentStatus, due_on: date, *, today: date) -> str:
    """The status as people see it on a day: OVERDUE in place of PENDING after the due date; PARTIAL stays."""
    return OVERDUE if status is InstalmentStatus.PENDING and due_on < today else status


def arrears(debts: Iterable[Debt], today: date) -> Arrears:
    """The debts whose due date has passed; `days` counts from the oldest."""
    late = [debt for debt in debts if debt.due_on < today]
    days = max(((today - debt.due_on).days for debt in late), default=0)
    return Arrears(sum((debt.outstanding for debt in late), ZERO), len(late), days)


def next_due(debts: Sequence[Debt], today: date) -> Debt | None:
    """The first debt due today or later; None when nothing more falls due."""
    return min((debt for debt in debts if debt.due_on >= today), key=lambda debt: debt.due_on, default=None)


def completion(paid: Decimal, expected: Decimal) -> Decimal:
    """How much of what was expected is paid, in percent with two places, between 0 and 100."""
    if expected <= 0:
        return ZERO
    return min(Decimal(100), round_money(paid * 100 / expected))


def standing(loan: Account, lines: Sequence[Line], today: date) -> Standing:
    """How a loan stands on a day; only a running one has something late or still to come."""
    open_lines = [line for line in lines if loan.status in RUNNING and line.status is not InstalmentStatus.PAID]
    debts = [
        Debt(line.due_on, line.principal + line.interest + line.fee + line.penalty - line.paid) for line in open_lines
    ]
    late = arrears(debts, today)
    return Standing(
        arrears=late,
        next_due=next_due(debts, today),
        completion=completion(loan.paid, loan.paid + loan.outstanding),
        penalty=_penalty(loan, lines, late),
    )


def _penalty(loan: Account, lines: Iterable[Line], late: Arrears) -> Decimal:
    if loan.penalty_mode is PenaltyMode.CHARGED:
        return sum((line.penalty for line in lines), ZERO)
    return loan.penalty_per_day * max(0, late.days - loan.penalty_grace_days)

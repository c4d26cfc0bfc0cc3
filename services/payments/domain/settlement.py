"""What closes a loan on a day, and what of it can be collected now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from services.payments.domain.replay import Standing
from shared.money import ZERO, round_money


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestRule:
    """How a loan's interest is earned: `by_day` as time passes, so that the rest of it is given up when the loan is
    settled early; else all of it belongs to the lender from the start. Days count from `started_on`; amounts are
    rounded as the loan's are (a rounding of `decimal`)."""

    by_day: bool
    started_on: date
    rounding: str = ROUND_HALF_UP


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What closes a loan on the day `on`, by part; `rebate` is the interest that need not be paid then."""

    on: date
    penalty: Decimal
    fee: Decimal
    interest: Decimal
    principal: Decimal
    rebate: Decimal

    @property
    def total(self) -> Decimal:
        return self.penalty + self.fee + self.interest + self.principal


@dataclass(frozen=True, slots=True)
class Collectable:
    """What is owed on the lines due on a day, and on those due before it."""

    due_today: Decimal
    arrears: Decimal


def settlement(standings: Sequence[Standing], rule: InterestRule, *, on: date) -> Settlement:
    """The amount that closes a loan on a day: principal, fees, penalties, and the interest earned until then.

    Of an instalment that is due all interest is earned, of a later one none, and of the current one its interest x days
    passed / days of its period, rounded to the cent. Interest that was held back, because the lines before carried
    none, is earned from the day it began. What was paid of it already is not given back.

    A declining loan of 12 months settled 10 days into a period of 30 days owes a third of that period's interest.
    """
    earned = _earned(standings, rule, on)
    interest = sum(
        (max(ZERO, earned[line.due.sequence] - line.interest_paid) for line in standings),
        ZERO,
    )
    return Settlement(
        on=on,
        penalty=sum((line.due.penalty - line.penalty_paid for line in standings), ZERO),
        fee=sum((line.due.fee - line.fee_paid for line in standings), ZERO),
        interest=interest,
        principal=sum((line.due.principal - line.principal_paid for line in standings), ZERO),
        rebate=sum((line.due.interest - line.interest_paid for line in standings), ZERO) - interest,
    )


def collectable(standings: Iterable[Standing], *, today: date) -> Collectable:
    """What is owed on instalments due today, and what is overdue."""
    due_today = arrears = ZERO
    for line in standings:
        if line.due.due_on == today:
            due_today += line.owed
        elif line.due.due_on < today:
            arrears += line.owed
    return Collectable(due_today, arrears)


def _earned(standings: Sequence[Standing], rule: InterestRule, on: date) -> dict[int, Decimal]:
    """The interest earned of each line, by its sequence."""
    earned: dict[int, Decimal] = {}
    start = rule.started_on
    for due in (line.due for line in standings):
        by_now = _earned_of(due.interest, start, due.due_on, on, rule)
        earned[due.sequence] = by_now if rule.by_day else due.interest
        if due.interest:
            start = due.due_on
    return earned


def _earned_of(interest: Decimal, start: date, end: date, on: date, rule: InterestRule) -> Decimal:
    if on >= end:
        return interest
    days = max(0, (on - start).days)
    return round_money(interest * days / (end - start).days, rule.rounding) if days else ZERO

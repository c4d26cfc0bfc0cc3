"""The figures of unions, side by side and together, in calendar periods up to today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.reporting.domain.performance import collection_rate
from shared.money import ZERO

MOST_COMPARED = 50


class PeriodType(StrEnum):
    """The calendar period that figures are of: the one that today lies in."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


@dataclass(frozen=True, slots=True)
class Starts:
    """The first days of the periods that `today` lies in; weeks begin on Monday."""

    today: date
    week: date
    month: date
    quarter: date
    year: date

    def of(self, period: PeriodType) -> date:
        """The first day of a period."""
        match period:
            case PeriodType.DAILY:
                return self.today
            case PeriodType.WEEKLY:
                return self.week
            case PeriodType.MONTHLY:
                return self.month
            case PeriodType.QUARTERLY:
                return self.quarter
            case PeriodType.YEARLY:
                return self.year


def starts(today: date) -> Starts:
    """The periods that a day lies in: of 2026-05-14, a Thursday, they begin on the 14th, 2026-05-11, 2026-05-01,
    2026-04-01 and 2026-01-01."""
    month = today.replace(day=1)
    quarter = month.replace(month=(today.month - 1) // 3 * 3 + 1)
    return Starts(today, today - timedelta(days=today.weekday()), month, quarter, month.replace(month=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Revenue:
    """Repayments less reversals, and processing fees, that came in since the beginning of each period. `period` is the
    one asked for."""

    period: Decimal
    month: Decimal
    quarter: Decimal
    year: Decimal


@dataclass(frozen=True, slots=True)
class Logins:
    """How often staff signed in since the beginning of each period."""

    today: int
    week: int
    month: int


NO_LOGINS = Logins(0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Members and loans, and the money in loans whose money went out. A loan is overdue when an instalment is past due
    and not paid in full; a written-off one counts as a defaulted one."""

    members: int
    loans: int
    active_loans: int
    overdue_loans: int
    defaulted_loans: int
    disbursed: Decimal
    repaid: Decimal
    outstanding: Decimal
    revenue: Revenue

    @property
    def collection_rate(self) -> Decimal:
        """See `collection_rate` of a performance."""
        return collection_rate(self.repaid, self.disbursed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A union with its book and the sign-ins of its officer, who is all of its staff."""

    id: UUID
    name: str
    is_officer_active: bool
    book: Book
    logins: Logins


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """How many accounts there are, how many of them are active, and their sign-ins."""

    users: int
    active_users: int
    logins: Logins


def together(books: Sequence[Book]) -> Book:
    """The sums of the books of several unions."""
    return Book(
        members=sum(book.members for book in books),
        loans=sum(book.loans for book in books),
        active_loans=sum(book.active_loans for book in books),
        overdue_loans=sum(book.overdue_loans for book in books),
        defaulted_loans=sum(book.defaulted_loans for book in books),
        disbursed=sum((book.disbursed for book in books), ZERO),
        repaid=sum((book.repaid for book in books), ZERO),
        outstanding=sum((book.outstanding for book in books), ZERO),
        revenue=Revenue(
            period=sum((book.revenue.period for book in books), ZERO),
            month=sum((book.revenue.month for book in books), ZERO),
            quarter=sum((book.revenue.quarter for book in books), ZERO),
            year=sum((book.revenue.year for book in books), ZERO),
        ),
    )

"""A book of six loans, small enough to work out every figure by hand: two officers, three unions, five members.

The officer has Unity, and Hope until 31 March; from then on the stranger has Hope, beside Market.

| loan | union | lent | falls due | what happened |
|---|---|---|---|---|
| 1 | Unity | 2 Mar: 1000, fee 20 | 2 Apr 500+50, 2 May 500+50 | 2 Apr 550, 5 May 550, then completed |
| 2 | Hope | 10 Mar: 900 | 10 Apr, 10 May, 10 Jun 300+30 each | 330: 10 Apr, taken back 20 Apr; 12 May, 10 penalty |
| 3 | Market | 15 Apr: 2000, fee 30 | 15 May 2000+100 | 1 May 100 |
| 4 | Unity | 1500 | | submitted 20 May |
| 5 | Market | 800 | | approved 25 May |
| 6 | Market | 10 Jan: 400 | 10 Feb 400+40 | written off 30 Apr; 20 May 50 recovered |
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.reporting.tests.events import hear
from services.reporting.tests.lives import LoanLife, loan_type, member, parts, union
from shared.db import Sessions
from shared.ids import new_id

TODAY = date(2026, 5, 31)
NAMES = (("Ṣẹ́gun", "Adébáyọ̀"), ("=HYPERLINK(1)", "#strong[x]"), ("Bola", "Ade"), ("Ngozi", "Okafor"), ("Musa", "Bello"))


@dataclass(frozen=True)
class Book:
    """The ids in it."""

    unity: UUID
    hope: UUID
    market: UUID
    weekly: UUID
    loans: tuple[UUID, ...]


def line(month: int, day: int, principal: int, interest: int) -> tuple[date, Decimal, Decimal]:
    return date(2026, month, day), Decimal(principal), Decimal(interest)


def write_book(sessions: Sessions, officer: UUID, stranger: UUID) -> Book:
    """Let reporting hear of the book."""
    unity, hope, market, weekly = (new_id() for _ in range(4))
    people = [new_id() for _ in NAMES]
    unions = (unity, hope, market, market, market)
    begin = date(2026, 1, 2)

    def loan(number: int, person: int, principal: int, fee: int = 0) -> LoanLife:
        drafted = date(2026, 1, 9) if number == 6 else date(2026, 3, 1) if number < 3 else date(2026, 4, 10)
        return LoanLife(unions[person], people[person], number, weekly, Decimal(principal), Decimal(fee)).drafted(
            drafted
        )

    first = loan(1, 0, 1000, 20).disbursed(date(2026, 3, 2), [line(4, 2, 500, 50), line(5, 2, 500, 50)])
    first.repaid(date(2026, 4, 2), parts(principal="500", interest="50"))
    first.repaid(date(2026, 5, 5), parts(principal="500", interest="50"))
    first.ended(date(2026, 5, 5))

    second = loan(2, 1, 900).disbursed(date(2026, 3, 10), [line(month, 10, 300, 30) for month in (4, 5, 6)])
    mistaken = second.repaid(date(2026, 4, 10), parts(principal="300", interest="30"))
    second.reversed(date(2026, 4, 20), mistaken, Decimal(330))
    second.repaid(date(2026, 5, 12), parts(penalty="10", interest="30", principal="290"))

    third = loan(3, 2, 2000, 30).disbursed(date(2026, 4, 15), [line(5, 15, 2000, 100)])
    third.repaid(date(2026, 5, 1), parts(interest="100"))

    fourth = loan(4, 0, 1500).submitted(date(2026, 5, 20))
    fifth = loan(5, 3, 800).submitted(date(2026, 5, 21)).approved(date(2026, 5, 25))

    sixth = loan(6, 4, 400).disbursed(date(2026, 1, 10), [line(2, 10, 400, 40)])
    sixth.ended(date(2026, 4, 30), "written_off", "WRITTEN_OFF")
    sixth.repaid(date(2026, 5, 20), parts(interest="40", principal="10"), kind="RECOVERY")

    loans = (first, second, third, fourth, fifth, sixth)
    hear(
        sessions,
        loan_type(weekly, "Market loan", begin),
        union(unity, officer, "Unity", begin),
        union(hope, officer, "Hope", begin),
        union(hope, stranger, "Hope", date(2026, 4, 1), version=2),
        union(market, stranger, "Market", begin),
        *(member(one, where, *name, begin) for one, where, name in zip(people, unions, NAMES, strict=True)),
        *(event for each in loans for event in each.events),
    )
    return Book(unity, hope, market, weekly, tuple(each.id for each in loans))

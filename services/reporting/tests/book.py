"""The book of `tests/data/book` as events, and its figures as a spreadsheet computed them."""

import csv
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from services.payments.domain.facts import ChargeKind
from services.reporting.tests.events import hear
from services.reporting.tests.lender import Lender, Loan
from shared.db import Sessions
from shared.ids import new_id
from shared.messaging.events import Envelope

VALUES = Path(__file__).parents[3] / "tests" / "data" / "book" / "values"
PAYING = ("on time", "early", "late", "partial", "stops")
INSTALMENT, PART = Decimal("110.00"), Decimal("60.00")
Act = Callable[[], list[Envelope]]


def day(month: int, of_month: int = 10) -> date:
    return date(2026, month, of_month)


def lines(first_month: int, count: int = 6) -> list[tuple[date, Decimal, Decimal]]:
    return [(day(first_month + number), Decimal("100.00"), Decimal("10.00")) for number in range(count)]


class Book:
    """Plays the year; `after_day` is called at the end of each day on which something happened."""

    def __init__(self, sessions: Sessions, ada: UUID, bola: UUID) -> None:
        self.lender, self.loans, self._sessions = Lender(), dict[int, Loan](), sessions
        self.unity, self.hope, self.market = new_id(), new_id(), new_id()
        self._acts = defaultdict[date, list[Act]](list)
        lender = self.lender
        for union, officer in ((self.unity, ada), (self.hope, ada), (self.market, bola)):
            self._on(date(2026, 1, 1), lambda union=union, officer=officer: lender.assign(union, officer, day(1, 1)))
        self._on(day(7, 1), lambda: lender.assign(self.hope, bola, day(7, 1)))
        for number in range(1, 31):
            self._lend(number)
        self._special()

    def play(self, after_day: Callable[[date], None]) -> None:
        for each in sorted(self._acts):
            hear(self._sessions, *(event for act in self._acts[each] for event in act()))
            after_day(each)

    def _on(self, each: date, act: Act) -> None:
        self._acts[each].append(act)

    def _lend(self, number: int) -> None:
        month = 1 + (number - 1) // 5
        union = (self.unity, self.hope, self.market)[(number - 1) % 3]

        def lend() -> list[Envelope]:
            self.loans[number], events = self.lender.lend(union, lines(month + 1), day(month), number=f"LN{number:08}")
            return events

        self._on(day(month), lend)
        dues = [day(month + step) for step in range(1, 7)]
        payments: dict[str, list[tuple[date, Decimal]]] = {
            "on time": [(due, INSTALMENT) for due in dues],
            "early": [(dues[0], 2 * INSTALMENT), *((due, INSTALMENT) for due in dues[1:5])],
            "late": [(due + timedelta(days=20), INSTALMENT) for due in dues],
            "partial": [(due, PART) for due in dues[:4]],
            "stops": [(due, INSTALMENT) for due in dues[:2]],
        }
        for paid_on, amount in payments[PAYING[(number - 1) % 5]]:
            self._pay(number, paid_on, amount)

    def _pay(self, number: int, each: date, amount: Decimal, paid_on: date | None = None) -> None:
        self._on(each, lambda: self.lender.pay(self.loans[number], amount, each, paid_on=paid_on))

    def _special(self) -> None:
        lender, loans = self.lender, self.loans
        self._on(day(9, 15), lambda: lender.step(loans[4], "written_off", "WRITTEN_OFF", day(9, 15)))
        self._pay(4, day(10, 20), Decimal("50.00"))
        new = [*lines(2, 2), *lines(8, 4)]
        self._on(day(5, 20), lambda: lender.reschedule(loans[5], new, day(5, 20)))
        self._pay(5, day(8), INSTALMENT)
        self._on(day(5, 15), lambda: lender.reverse(loans[10], loans[10].paid[1], day(5, 15)))
        self._on(day(7, 5), lambda: lender.move(loans[15], self.unity, day(7, 5)))
        self._pay(19, day(9, 5), INSTALMENT, paid_on=day(8, 28))
        self._on(day(8, 1), lambda: lender.charge(loans[20], ChargeKind.PENALTY, Decimal("25.00"), day(8, 1)))
        self._on(day(10, 1), lambda: lender.waive(loans[20], loans[20].charged[0], day(10, 1)))


def day_of(serial: str) -> date:
    """The day that a spreadsheet counts from the end of 1899."""
    return date(1899, 12, 30) + timedelta(days=int(serial))


def blocks(name: str) -> dict[str, list[dict[str, str]]]:
    """The tables of a sheet by the first cell of their heads; a row of none begins with an empty line."""
    found, head = dict[str, list[dict[str, str]]](), list[str]()
    with (VALUES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    for row in rows:
        if not any(row):
            head = []
        elif not head:
            head = row
            found[head[0]] = []
        else:
            found[head[0]].append(dict(zip(head, row, strict=False)))
    return found

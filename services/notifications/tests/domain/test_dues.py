from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.dues import Dues, Line, LineChange
from shared.ids import new_id

LOAN, MEMBER, UNION = new_id(), new_id(), new_id()
FIRST = date(2026, 4, 1)
Change = Callable[[Dues], Dues]


def schedule(version: int, lines: int, amount: int = 100) -> Change:
    dues = {number: Line(FIRST + timedelta(days=7 * number), Decimal(amount)) for number in range(1, lines + 1)}
    return lambda dues_: dues_.with_schedule(version, dues)


def loan(version: int, *, status_is_served: bool = True) -> Change:
    return lambda dues: dues.with_loan(
        version=version, loan_number="LN00000042", member_id=MEMBER, union_id=UNION, is_served=status_is_served
    )


def paid(
    version: int, sequence: int, amount: int, *, closed: bool, schedule: int = 1, due: Line | None = None
) -> Change:
    change = LineChange(sequence, Decimal(amount), closed, due)
    return lambda dues: dues.with_account(version=version, schedule_version=schedule, lines=[change])


def after(*changes: Change) -> Dues:
    dues = Dues(loan_id=LOAN)
    for change in changes:
        dues = change(dues)
    return dues


def test_what_is_owed_is_what_is_due_without_what_is_paid() -> None:
    dues = after(loan(1), schedule(1, 3), paid(1, 1, 100, closed=True), paid(2, 2, 40, closed=False))
    assert [(line.due_on, line.total) for line in dues.owed] == [
        (FIRST + timedelta(days=14), Decimal(60)), (FIRST + timedelta(days=21), Decimal(100)),
    ]  # fmt: skip
    assert dues.next_due_on == FIRST + timedelta(days=14)


def test_a_charge_raises_what_is_due_of_its_line() -> None:
    line = Line(FIRST + timedelta(days=7), Decimal(150), penalty=Decimal(50))
    dues = after(loan(1), schedule(1, 1), paid(1, 1, 0, closed=False, due=line))
    assert dues.owed == [line]


def test_of_a_loan_that_is_not_served_nothing_is_asked() -> None:
    assert after(loan(1, status_is_served=False), schedule(1, 3)).next_due_on is None


def test_a_new_schedule_voids_what_was_told_of_the_old_one() -> None:
    dues = after(loan(1), schedule(1, 3), paid(1, 1, 100, closed=True), schedule(2, 2, 130))
    assert [line.total for line in dues.owed] == [130, 130]
    assert [line.total for line in paid(2, 1, 100, closed=False, schedule=2)(dues).owed] == [30, 130]


def test_each_due_date_is_to_be_told_once() -> None:
    dues = after(loan(1), schedule(1, 3))
    first, second = FIRST + timedelta(days=7), FIRST + timedelta(days=14)
    assert [line.due_on for line in dues.to_be_reminded_of(today=first - timedelta(days=1), until=first)] == [first]
    dues = dues.reminded(first)
    assert dues.to_be_reminded_of(today=first, until=first) == []
    # The first is still unpaid, and the second is told of all the same.
    assert dues.next_due_on == second
    assert [line.due_on for line in dues.to_be_reminded_of(today=second, until=second)] == [second]


def test_what_is_long_due_is_not_reminded_of() -> None:
    dues = after(loan(1), schedule(1, 1))
    assert dues.to_be_reminded_of(today=FIRST + timedelta(days=8), until=FIRST + timedelta(days=9)) == []


LIVES = [
    loan(1), loan(2), loan(3, status_is_served=False), loan(4), schedule(1, 4), schedule(2, 3, 120),
    paid(1, 1, 50, closed=False), paid(2, 1, 100, closed=True),
    paid(3, 2, 10, closed=False, due=Line(FIRST, Decimal(110))),
    paid(4, 1, 90, closed=False, schedule=2), paid(5, 1, 120, closed=True, schedule=2),
    paid(6, 2, 0, closed=False, schedule=2, due=Line(FIRST, Decimal(130))), paid(7, 2, 5, closed=False, schedule=2),
]  # fmt: skip


@given(st.permutations(LIVES), st.integers(0, len(LIVES)))
def test_the_order_in_which_news_arrive_makes_no_difference(shuffled: list[Change], again: int) -> None:
    assert after(*shuffled, *shuffled[:again]) == after(*LIVES)

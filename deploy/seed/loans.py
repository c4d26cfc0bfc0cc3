"""The loans of the book: what each is about, and how far it got by now."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from enum import Enum, auto

from deploy.seed.accounts import write_history
from deploy.seed.book import Book
from deploy.seed.chance import whole_hundreds
from deploy.seed.history import History
from deploy.seed.members import SeededMember
from deploy.seed.products import SeededProduct
from services.lending.domain.loan import LoanAction
from services.lending.domain.terms import Interest, Terms
from shared.money import round_money


class Course(Enum):
    """How far a loan got."""

    DRAFTED = auto()
    SUBMITTED = auto()
    APPROVED = auto()
    REJECTED = auto()
    DISBURSED = auto()
    PARTLY_REPAID = auto()
    COMPLETED = auto()
    DEFAULTED = auto()
    WRITTEN_OFF = auto()


# What became of older loans and where younger ones stand, in turn. Of 20 loans 7 are partly repaid: five that go on,
# and those that were given up.
_C = Course
OLDER = (
    _C.PARTLY_REPAID, _C.COMPLETED, _C.PARTLY_REPAID, _C.COMPLETED, _C.DEFAULTED, _C.PARTLY_REPAID,
    _C.COMPLETED, _C.PARTLY_REPAID, _C.WRITTEN_OFF, _C.COMPLETED, _C.PARTLY_REPAID, _C.REJECTED,
)  # fmt: skip
YOUNGER = (
    _C.DISBURSED, _C.SUBMITTED, _C.DISBURSED, _C.APPROVED, _C.DISBURSED, _C.DRAFTED, _C.DISBURSED, _C.SUBMITTED,
)  # fmt: skip
_OLDER_PART = 0.6
# Days from one repayment of a seeded loan to the next, so that all of them lie in the past.
_DAYS_OF_REPAYING = 90


def course_of(index: int, loans: int) -> Course:
    """What becomes of the loan of this index in a book of so many."""
    is_older = index < loans * _OLDER_PART
    courses = OLDER if is_older else YOUNGER
    return courses[index % len(courses)]


def make_loan(
    book: Book, number: int, member: SeededMember, products: Sequence[SeededProduct], course: Course, position: float
) -> None:
    """Write a loan that was applied for at this position and took this course."""
    chosen = book.chance.choice(products)
    product, at = chosen.product, book.calendar.moment(position)
    terms = Terms(
        principal=book.chance.amount(*product.amounts),
        interest=Interest(annual_rate=book.chance.choice(product.rates)),
        term_count=book.chance.choice(product.terms),
        term_unit=product.term_unit,
    )
    history = History(book, number, member, terms, chosen.id, fee=round_money(terms.principal / 100), at=at)
    _play(book, history, course)
    write_history(book, history)


def _play(book: Book, history: History, course: Course) -> None:
    at = history.loan.created_at
    if course is Course.DRAFTED:
        return
    history.submit(at + timedelta(minutes=20))
    if course is Course.SUBMITTED:
        return
    if course is Course.REJECTED:
        history.decide(LoanAction.REJECT, at + timedelta(hours=4), "The guarantor withdrew.")
        return
    history.approve(at + timedelta(hours=2))
    if course is Course.APPROVED:
        return
    method = book.chance.choice(("TRANSFER", "TRANSFER", "CASH"))
    history.disburse(at + timedelta(hours=3), method=method, reference=f"TXN{book.chance.randrange(10**8):08}")
    if course is not Course.DISBURSED:
        _repay(book, history, completely=course is Course.COMPLETED)
    given_up_at = at + timedelta(days=_DAYS_OF_REPAYING + 15)
    if course is Course.DEFAULTED:
        history.decide(LoanAction.DEFAULT, given_up_at, "Three visits without a payment.")
    if course is Course.WRITTEN_OFF:
        history.decide(LoanAction.WRITE_OFF, given_up_at, "The member has left the state.")


def _repay(book: Book, history: History, *, completely: bool) -> None:
    """Some equal repayments; the last one of a loan that is repaid completely takes the remainder."""
    parts = book.chance.randrange(3, 7)
    made = parts if completely else book.chance.randrange(1, parts)
    part = whole_hundreds(history.loan.outstanding / parts) or Decimal("100.00")
    disbursed_at = history.loan.disbursed_at or history.loan.created_at
    for number in range(1, made + 1):
        at = disbursed_at + timedelta(days=number * _DAYS_OF_REPAYING // parts, minutes=book.chance.randrange(120))
        method = book.chance.choice(("CASH", "CASH", "CASH", "TRANSFER", "POS", "MOBILE"))
        history.pay(history.loan.outstanding if number == parts else part, at, method)

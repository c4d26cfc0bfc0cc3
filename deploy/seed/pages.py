"""The pages of the book: so many members and their loans each, made by several processes at once, in their order.

A page depends on its number and on what was there before the first, so it comes out the same whoever makes it.
"""

import os
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from deploy.local.kernel import end_with_parent
from deploy.seed.book import Book, Page
from deploy.seed.loans import course_of, make_loan
from deploy.seed.members import take_in_member
from deploy.seed.products import SeededProduct
from deploy.seed.unions import SeededUnion

MEMBERS = 1000
"""How many members a page has."""
UNIONS_UNTIL = 0.02
"""In which part of the time all unions are founded; then members come, and soon the first loan."""
_MEMBERS_UNTIL, _LOANS_FROM = 0.9, 0.03
# So many pages may wait for being written, for each process that makes them.
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything there is in a book of so many loans."""

    loans: int

    @property
    def officers(self) -> int:
        return max(5, self.loans // 200)

    @property
    def supervisors(self) -> int:
        return max(1, self.officers // 10)

    @property
    def unions(self) -> int:
        return max(self.officers, self.loans // 20)

    @property
    def members(self) -> int:
        """One for each loan, and some without."""
        return self.loans + self.loans // 10


@dataclass(frozen=True, slots=True)
class Plan:
    """What all pages have in common."""

    size: Size
    unions: Sequence[SeededUnion]
    products: Sequence[SeededProduct]
    first_code: int
    first_number: int

    @property
    def pages(self) -> range:
        """The numbers of all pages."""
        return range(-(-self.size.members // MEMBERS))

    def members_on(self, page: int) -> range:
        """Which members are on a page; each has a loan, as long as there are loans."""
        return range(page * MEMBERS, min((page + 1) * MEMBERS, self.size.members))


def make_page(book: Book, plan: Plan, number: int) -> Page:
    """The members on a page, and their loans; the database hears nothing of them."""
    book = book.for_page(number)
    for index in plan.members_on(number):
        _make(book, plan, index)
    return book.page()


def _make(book: Book, plan: Plan, index: int) -> None:
    size = plan.size
    union = book.chance.choice(plan.unions)
    joined = UNIONS_UNTIL + (_MEMBERS_UNTIL - UNIONS_UNTIL) * index / size.members
    member = take_in_member(book, plan.first_code + index, union, joined)
    if index < size.loans:
        applied = _LOANS_FROM + (1 - _LOANS_FROM) * (index + 1) / size.loans
        make_loan(book, plan.first_number + index, member, plan.products, course_of(index, size.loans), applied)


def made_apart(book: Book, plan: Plan) -> Iterator[Page]:
    """All pages in their order, made by as many processes as there are cores, some ahead of who takes them.

    Nothing may be being copied when it begins. Raises BrokenProcessPool when a process is killed.
    """
    processes = os.cpu_count() or 1
    # Forked, for then a process has the book and the plan as they are. It asks no connection of ours for anything but
    # how values are written.
    pool = ProcessPoolExecutor(processes, get_context("fork"), _begin, (book, plan))
    with pool:
        made: deque[Future[Page]] = deque()
        for number in plan.pages:
            if len(made) > _AHEAD * processes:
                yield made.popleft().result()
            made.append(pool.submit(_page, number))
        while made:
            yield made.popleft().result()


# In a process that makes pages: what it was forked with.
_ours: list[tuple[Book, Plan]] = []


def _begin(book: Book, plan: Plan) -> None:
    end_with_parent(signal.SIGKILL)
    # Who interrupts the command interrupts all its processes; the first of them ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _ours.append((book, plan))


def _page(number: int) -> Page:
    book, plan = _ours[-1]
    return make_page(book, plan, number)

"""Writes a whole book, batch by batch, in the order of time."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date

from deploy.seed.book import TABLES, Book
from deploy.seed.bulk import Schema
from deploy.seed.chance import Calendar, Chance
from deploy.seed.loans import course_of, make_loan
from deploy.seed.members import take_in_member
from deploy.seed.outboxes import Outboxes, Trail
from deploy.seed.products import offer_products
from deploy.seed.progress import Progress, Report
from deploy.seed.staff import take_in_staff
from deploy.seed.unions import SeededUnion, found_union
from services.reporting.domain.chain import Key

BATCH = 1000
# The first unions are there before their first members, who are there before the first loan.
_UNIONS_UNTIL, _MEMBERS_UNTIL, _LOANS_FROM = 0.02, 0.9, 0.03


class NotEmpty(Exception):
    """There is a seeded book already."""


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


def write_book(
    owner_urls: Mapping[str, str],
    size: Size,
    *,
    password_hash: str,
    number: int,
    last_day: date,
    zone: str,
    audit_key: Key | None,
    report: Report,
) -> None:
    """Write a book that depends on nothing but the arguments.

    `owner_urls` are those of the schemas' owners, `number` seeds the chance, `last_day` is the last day of the book,
    `password_hash` that of all staff, and without an `audit_key` there is no audit trail of it.
    Raises NotEmpty.
    """
    with ExitStack() as stack:
        schemas = {
            service: stack.enter_context(Schema(service, owner_urls[service], tables))
            for service, tables in TABLES.items()
        }
        if schemas["identity"].value("SELECT 1 FROM user_account WHERE email LIKE '%@seed.local' LIMIT 1"):
            raise NotEmpty("there is a seeded book already; `make reset` gives you an empty one")
        chance = Chance(number)
        outboxes = Outboxes(chance, schemas, Trail(schemas["reporting"], audit_key) if audit_key else None)
        book = Book(chance, Calendar(last_day), zone, schemas, outboxes)
        unions = _people(book, size, password_hash)
        report(f"officers: {size.officers}, supervisors: {size.supervisors}, unions: {size.unions}")
        _loans(book, size, unions, report)
        book.finish()
        # All that could fail has been done. The six commits are still not one: a crash in the moment between them
        # leaves a book that is there in part, which the next `make seed` refuses to touch.
        for schema in schemas.values():
            schema.commit()
        report("all is written; telling the database's planner what is there now")
        for schema in schemas.values():
            schema.tidy()


def _people(book: Book, size: Size, password_hash: str) -> Sequence[SeededUnion]:
    officers = take_in_staff(book, officers=size.officers, supervisors=size.supervisors, password_hash=password_hash)
    return [
        found_union(book, index + 1, officers[index % len(officers)], _UNIONS_UNTIL * index / size.unions)
        for index in range(size.unions)
    ]


def _loans(book: Book, size: Size, unions: Sequence[SeededUnion], report: Report) -> None:
    products, progress = offer_products(book), Progress(size.loans, report)
    first_code = book.schemas["membership"].reserve("member_number", size.members)
    first_number = book.schemas["lending"].reserve("loan_number_seq", size.loans)
    for index in range(size.members):
        union = book.chance.choice(unions)
        member_position = _UNIONS_UNTIL + (_MEMBERS_UNTIL - _UNIONS_UNTIL) * index / size.members
        member = take_in_member(book, first_code + index, union, member_position)
        if index < size.loans:
            position = _LOANS_FROM + (1 - _LOANS_FROM) * (index + 1) / size.loans
            make_loan(book, first_number + index, member, products, course_of(index, size.loans), position)
            progress.made(index + 1)
        if index % BATCH == BATCH - 1:
            book.flush()

"""Writes a whole book, page by page, in the order of time."""

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import date

from deploy.seed.book import TABLES, Book
from deploy.seed.bulk import Schema
from deploy.seed.chance import Calendar, Chance
from deploy.seed.outboxes import Outboxes, Trail
from deploy.seed.pages import UNIONS_UNTIL, Plan, Size, made_apart, make_page
from deploy.seed.products import offer_products
from deploy.seed.progress import Progress, Report
from deploy.seed.staff import take_in_staff
from deploy.seed.unions import found_union
from services.reporting.domain.chain import Key


class NotEmpty(Exception):
    """There is a seeded book already."""


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
        plan = begin_book(book, size, password_hash)
        report(f"officers: {size.officers}, supervisors: {size.supervisors}, unions: {size.unions}")
        _write_pages(book, plan, report)
        book.finish()
        # All that could fail has been done. The six commits are still not one: a crash in the moment between them
        # leaves a book that is there in part, which the next `make seed` refuses to touch.
        for schema in schemas.values():
            schema.commit()
        report("all is written; telling the database's planner what is there now")
        for schema in schemas.values():
            schema.tidy()


def begin_book(book: Book, size: Size, password_hash: str) -> Plan:
    """Write whom and what all pages need: staff, unions, loan types."""
    officers = take_in_staff(book, officers=size.officers, supervisors=size.supervisors, password_hash=password_hash)
    unions = [
        found_union(book, index + 1, officers[index % len(officers)], UNIONS_UNTIL * index / size.unions)
        for index in range(size.unions)
    ]
    plan = Plan(
        size=size,
        unions=unions,
        products=offer_products(book),
        first_code=book.schemas["membership"].reserve("member_number", size.members),
        first_number=book.schemas["lending"].reserve("loan_number_seq", size.loans),
    )
    book.write(book.page())
    book.wait()
    return plan


def _write_pages(book: Book, plan: Plan, report: Report) -> None:
    progress = Progress(plan.size.loans, report)
    # Each entry of the trail follows the one before, so that nobody can write ahead.
    here = book.outboxes.is_audited or len(plan.pages) == 1
    pages = (make_page(book, plan, number) for number in plan.pages) if here else made_apart(book, plan)
    for number, page in zip(plan.pages, pages, strict=True):
        book.write(page)
        progress.made(min(plan.members_on(number).stop, plan.size.loans))

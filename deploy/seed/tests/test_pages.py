"""Pages of the book come out the same, whichever process makes them."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date

import pytest

from deploy.seed import pages
from deploy.seed.book import TABLES, Book
from deploy.seed.bulk import Schema
from deploy.seed.chance import Calendar, Chance
from deploy.seed.outboxes import Outboxes
from deploy.seed.pages import Plan, Size, made_apart, make_page
from deploy.seed.tests.conftest import Institution
from deploy.seed.writer import begin_book
from services.lending.queries.counts import LOAN
from shared.tally import EVERYBODY


@pytest.fixture
def book(paged: Institution) -> Iterator[Book]:
    """A book of which nothing stays."""
    with ExitStack() as stack:
        schemas = {
            service: stack.enter_context(Schema(service, paged.owner_urls[service], tables))
            for service, tables in TABLES.items()
        }
        chance = Chance(1)
        yield Book(chance, Calendar(date(2026, 11, 20)), "Africa/Lagos", schemas, Outboxes(chance, schemas, None))


@pytest.fixture
def plan(book: Book, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setattr(pages, "MEMBERS", 7)
    return begin_book(book, Size(60), "the same for all")


def test_a_page_is_the_same_whoever_makes_it(book: Book, plan: Plan) -> None:
    here = [make_page(book, plan, number) for number in plan.pages]
    assert list(made_apart(book, plan)) == here
    assert make_page(book, plan, 3) == here[3]


def test_every_member_is_on_one_page(plan: Plan) -> None:
    assert [index for page in plan.pages for index in plan.members_on(page)] == list(range(plan.size.members))


def test_pages_made_apart_can_be_written(book: Book, plan: Plan) -> None:
    for page in made_apart(book, plan):
        book.write(page)
    book.finish()
    lending = book.schemas["lending"]
    assert lending.value("SELECT count(*) FROM loans") == plan.size.loans
    counted = "SELECT sum(difference) FROM tally WHERE subject = %(loan)s AND owner_id = %(all)s"
    assert lending.value(counted, {"all": EVERYBODY, "loan": LOAN}) == plan.size.loans

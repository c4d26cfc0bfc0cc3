from datetime import date
from pathlib import Path

import pytest

from deploy.seed.loans import Course, course_of
from deploy.seed.pages import Size
from deploy.seed.tests.conftest import AUDIT_KEY, Institution
from deploy.seed.tests.contents import contents
from deploy.seed.tests.playing import Player, published_by
from deploy.seed.writer import NotEmpty, write_book
from services.lending.domain.loan import LoanStatus
from services.reporting.domain.anchor import Anchors
from services.reporting.domain.chain import Key, Keys
from services.reporting.usecases.trail import verify_trail
from shared.messaging.delivery import deliver
from shared.testing import check_contract

LAST_DAY = date(2026, 11, 20)
# The smallest book in which loans take every course.
SIZE = Size(20)


def seed(institution: Institution, number: int = 1) -> None:
    write_book(
        institution.owner_urls,
        SIZE,
        password_hash="the same for all",
        number=number,
        last_day=LAST_DAY,
        zone="Africa/Lagos",
        audit_key=Key.of(AUDIT_KEY),
        report=lambda line: None,
    )


@pytest.fixture(scope="module", autouse=True)
def book(seeded: Institution) -> None:
    seed(seeded)


def test_a_seeded_book_is_what_its_events_would_have_made(
    seeded: Institution, played: Institution, monkeypatch: pytest.MonkeyPatch
) -> None:
    Player(played, monkeypatch).play(published_by(seeded))
    expected, found = contents(played), contents(seeded)
    assert found.keys() == expected.keys()
    for table in expected:
        assert list((found[table] - expected[table]).elements()) == [], f"{table}: only seeded"
        assert list((expected[table] - found[table]).elements()) == [], f"{table}: only played"


def test_a_seeded_event_of_each_type_keeps_its_contract(seeded: Institution) -> None:
    for event in {event.type: event for event in published_by(seeded)}.values():
        check_contract(event)


def test_telling_a_seeded_book_again_changes_nothing(seeded: Institution) -> None:
    before = contents(seeded)
    events = published_by(seeded)
    for service, handlers in seeded.handlers.items():
        heard = [event for event in events if event.type in handlers.event_types]
        if heard:
            deliver(seeded.sessions[service], handlers, heard)
    assert contents(seeded) == before


def test_the_trail_of_a_seeded_book_is_an_unbroken_chain(seeded: Institution) -> None:
    with seeded.sessions["reporting"]() as session:
        keys = Keys([AUDIT_KEY])
        entries = verify_trail(session.connection(), keys, Anchors([], keys)).end.sequence
    assert entries == sum(1 for event in published_by(seeded) if event.type.endswith(".audit.recorded.v1"))


def test_there_are_loans_in_every_status(seeded: Institution) -> None:
    with seeded.sessions["lending"]() as session:
        found = set(session.connection().exec_driver_sql("SELECT DISTINCT status FROM loans").scalars())
    assert found == set(LoanStatus)


def test_a_third_of_the_loans_are_partly_repaid() -> None:
    courses = [course_of(index, 10_000) for index in range(10_000)]
    partly = sum(course in {Course.PARTLY_REPAID, Course.DEFAULTED, Course.WRITTEN_OFF} for course in courses)
    assert 0.33 <= partly / len(courses) <= 0.37


def test_new_numbers_follow_the_seeded_ones(seeded: Institution) -> None:
    with seeded.sessions["lending"]() as session:
        connection = session.connection()
        last = connection.exec_driver_sql("SELECT max(loan_number) FROM loans").scalar_one()
        assert connection.exec_driver_sql("SELECT nextval('loan_number_seq')").scalar_one() > int(last[2:])


def test_the_server_has_nothing_to_warn_of(seeded: Institution, postgres_log: Path) -> None:
    assert [line for line in postgres_log.read_text().splitlines() if "WARNING" in line] == []


def test_a_book_is_not_written_twice(seeded: Institution) -> None:
    before = contents(seeded)
    with pytest.raises(NotEmpty):
        seed(seeded)
    assert contents(seeded) == before

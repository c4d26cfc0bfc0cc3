import json
from collections import namedtuple
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from shared import shapes
from shared.wire import PublicFile, day, timestamp

ID = UUID("019a0000-0000-7000-8000-000000000001")
AT = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)


class Person(shapes.Shape):
    id = shapes.identifier()
    firstName = shapes.text(maybe=True)


class Officer(Person):
    email = shapes.text(missing="")


class Terms(shapes.Shape):
    interestRate = shapes.percent(of="annual_rate")
    multiple = shapes.money(maybe=True)


class Loan(shapes.Shape):
    loanNumber = shapes.text()
    amount = shapes.money(of="principal")
    terms = shapes.included(Terms)
    startDate = shapes.day(of="start_on")
    closedAt = shapes.moment(maybe=True)
    outstanding = shapes.number()
    officer = shapes.nested(Officer, "officer_")
    creator = shapes.nested(Officer, "creator_", id="created_by")
    deletedAt = shapes.moment(maybe=True, always=None)


Row = namedtuple(
    "Row",
    "loan_number principal annual_rate multiple start_on closed_at outstanding officer_id officer_first_name "
    "officer_email created_by creator_first_name creator_email",
)
amounts = st.decimals(Decimal(0), Decimal("999999999999.99"), places=2)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
words = st.none() | st.text(max_size=10)
rows = st.builds(
    Row,
    st.text(),
    amounts,
    st.decimals(0, 2, places=4),
    st.none() | amounts,
    st.dates(date(2000, 1, 1)),
    st.none() | moments,
    amounts,
    st.uuids(),
    words,
    words,
    st.uuids(),
    words,
    words,
)


def by_hand(row):
    """What `Loan` says, written out."""
    return {
        "loanNumber": row.loan_number,
        "amount": f"{row.principal:.2f}",
        "interestRate": f"{row.annual_rate * 100:.2f}",
        "multiple": None if row.multiple is None else f"{row.multiple:.2f}",
        "startDate": day(row.start_on),
        "closedAt": timestamp(row.closed_at),
        "outstanding": int(row.outstanding) if row.outstanding == int(row.outstanding) else float(row.outstanding),
        "officer": {"id": row.officer_id, "firstName": row.officer_first_name, "email": row.officer_email or ""},
        "creator": {"id": row.created_by, "firstName": row.creator_first_name, "email": row.creator_email or ""},
        "deletedAt": None,
    }


@given(rows)
def test_a_row_is_written_as_by_hand_in_the_same_order(row):
    assert orjson.dumps(Loan.of(row)) == orjson.dumps(by_hand(row))


@given(rows)
def test_what_is_written_fits_the_schema_of_the_document(row):
    components = {"LoanAnswer": Loan.schema(), "OfficerAnswer": Officer.schema()}
    schema = json.loads(json.dumps({"components": {"schemas": components}, "$ref": "#/components/schemas/LoanAnswer"}))
    Draft202012Validator(schema).validate(orjson.loads(orjson.dumps(Loan.of(row))))


def test_an_extension_keeps_the_places_of_the_fields_it_declares_again():
    class Manager(Person):
        id = shapes.text(of="key")
        role = shapes.text(always="MANAGER")

    assert list(Manager.of(SimpleNamespace(key="k", first_name="Ada")).items()) == [
        ("id", "k"),
        ("firstName", "Ada"),
        ("role", "MANAGER"),
    ]


def test_functions_read_attributes_and_what_is_given_to_the_writer():
    class Line(shapes.Shape):
        total = shapes.money(of=lambda interest, principal: interest + principal)
        isLate = shapes.flag(of=lambda due_on, *, today: today > due_on)

    class Plan(shapes.Shape):
        title = shapes.text(of=shapes.given("title"))
        lines = shapes.listed(Line)

    line = SimpleNamespace(interest=Decimal(5), principal=Decimal(10), due_on=date(2026, 3, 1))
    assert Line.given == ("today",)
    assert set(Plan.given) == {"title", "today"}
    plan = Plan.of(SimpleNamespace(lines=[line]), title="March", today=date(2026, 3, 2))
    assert plan == {"title": "March", "lines": [{"total": "15.00", "isLate": True}]}


def test_a_function_inside_a_prefix_reads_the_attributes_with_it():
    class Initials(shapes.Shape):
        id = shapes.identifier()
        initial = shapes.text(of=lambda first_name: first_name[:1])

    class Note(shapes.Shape):
        author = shapes.nested(Initials, "author_", maybe=True)

    assert Note.of(SimpleNamespace(author_id=ID, author_first_name="Ada")) == {"author": {"id": ID, "initial": "A"}}
    assert Note.of(SimpleNamespace(author_id=None, author_first_name=None)) == {"author": None}


def test_inside_a_shape_with_a_prefix_a_beginning_can_be_renamed():
    class Union(shapes.Shape):
        id = shapes.identifier()
        officer = shapes.nested(Person, "officer_")

    class Member(shapes.Shape):
        union = shapes.nested(Union, "union_", officer_="officer_")

    row = SimpleNamespace(union_id=1, officer_id=2, officer_first_name="Ada")
    assert Member.of(row) == {"union": {"id": 1, "officer": {"id": 2, "firstName": "Ada"}}}
    assert Member.attributes == ("union_id", "officer_id", "officer_first_name")


def test_what_two_fields_show_is_made_once():
    class Loan(shapes.Shape):
        union = shapes.nested(Person, "union_")
        branch = shapes.nested(Person, "union_")

    shown = Loan.of(SimpleNamespace(union_id=1, union_first_name="Bodija"))
    assert shown["union"] is shown["branch"]


def test_values_inside_a_mapping_are_read_as_events_carry_them():
    class Details(shapes.Shape):
        dateOfBirth = shapes.day(maybe=True)
        profileImage = shapes.public_file(maybe=True)
        isVerified = shapes.flag(missing=True)

    class Member(shapes.Shape):
        id = shapes.identifier()
        details = shapes.included(Details, within="details")
        createdAt = shapes.moment(maybe=True, within="details")

    class Loan(shapes.Shape):
        member = shapes.nested(Member, "member_")

    details = {"date_of_birth": "1990-05-17", "created_at": "2026-03-11T10:30:00.123456+01:00", "profile_image": "/a"}
    written = Loan.of(SimpleNamespace(member_id=ID, member_details=details))["member"]
    assert written == {
        "id": ID,
        "dateOfBirth": "1990-05-17T00:00:00.000Z",
        "profileImage": PublicFile.url("/a"),
        "isVerified": True,
        "createdAt": "2026-03-11T09:30:00.123Z",
    }
    unknown = Loan.of(SimpleNamespace(member_id=ID, member_details=None))["member"]
    assert (unknown["dateOfBirth"], unknown["createdAt"], unknown["isVerified"]) == (None, None, True)


def test_an_optional_field_is_left_out_instead_of_null():
    class Profile(shapes.Shape):
        id = shapes.identifier()
        actingFor = shapes.nested(Person, of="actor", optional=True)
        email = shapes.text()

    assert list(Profile.of(SimpleNamespace(id=1, actor=None, email="a@b"))) == ["id", "email"]
    acting = Profile.of(SimpleNamespace(id=1, actor=SimpleNamespace(id=2, first_name=None), email="a@b"))
    assert list(acting.items())[-1] == ("actingFor", {"id": 2, "firstName": None})
    assert Profile.schema()["required"] == ["email", "id"]


def test_a_shape_can_be_nullable_where_the_directory_knows_nothing_yet():
    class Somebody(Officer, maybe=("email",)):
        pass

    class SomebodyElse(Somebody):
        role = shapes.text()

    for shape in (Somebody, SomebodyElse):
        assert shape.schema()["properties"]["email"] == {"type": ["string", "null"]}
    assert Officer.schema()["properties"]["email"] == {"type": "string"}


def test_anything_can_be_given_under_any_name():
    class Line(shapes.Shape):
        dueOn = shapes.day()
        number = shapes.number(of=shapes.given("number"))
        day = shapes.day(of=shapes.given("day"))
        answer = shapes.text(of=shapes.given("answer"), optional=True)

    line = Line.of(SimpleNamespace(due_on=date(2026, 3, 1)), number=Decimal("1.5"), day=date(2026, 3, 2), answer="yes")
    assert list(line.values()) == ["2026-03-01T00:00:00.000Z", 1.5, "2026-03-02T00:00:00.000Z", "yes"]


def test_what_was_written_before_can_be_shared():
    class Line(shapes.Shape):
        officer = shapes.nested(Person, of=lambda officer_id, *, officers: officers[officer_id], written=True)

    officer = Person.of(SimpleNamespace(id=1, first_name="Ada"))
    assert Line.of(SimpleNamespace(officer_id=1), officers={1: officer})["officer"] is officer
    assert Line.schema()["properties"]["officer"] == {"$ref": "#/components/schemas/PersonAnswer"}


def test_a_shape_without_attributes_needs_no_row():
    class Outcome(shapes.Shape):
        exists = shapes.flag(of=shapes.given("exists"))

    assert Outcome.of(exists=True) == {"exists": True}


@pytest.mark.parametrize("row", [Row(*[None] * 2, Decimal(1), *[None] * 10)], ids=["no principal"])
def test_an_amount_that_must_not_be_null_is_not_written_as_null(row):
    with pytest.raises(TypeError):
        Loan.of(row)

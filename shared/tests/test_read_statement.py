"""A statement that psycopg executes by itself brings what SQLAlchemy brings of it, and fails as it fails there."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Engine,
    Enum,
    Integer,
    MetaData,
    Numeric,
    Select,
    Table,
    Text,
    Uuid,
    bindparam,
    event,
    func,
    insert,
    literal,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, OperationalError

from shared.ids import new_id
from shared.postgres.engine import make_engine
from shared.postgres.pages import PageStatement
from shared.postgres.read_statement import ReadStatement
from shared.postgres.rows import plain_rows


class Colour(StrEnum):
    RED = "RED"
    BLUE = "BLUE"


things = Table(
    "things",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("amount", Numeric(12, 2)),
    Column("colour", Enum(Colour, native_enum=False, length=20)),
    Column("details", JSONB),
    Column("made_at", DateTime(timezone=True)),
    Column("made_on", Date),
    Column("name", Text),
    Column("is_good", Boolean),
    prefixes=["TEMPORARY"],
)
IDS = [new_id() for _ in range(4)]
ROWS = [
    {
        "id": identifier,
        "number": number,
        "amount": Decimal(number) / 4 if number else None,
        "colour": (Colour.RED, Colour.BLUE, None, Colour.RED)[number],
        "details": {"a": [number, 0.5, None]} if number else None,
        "made_at": datetime(2026, 1, number + 1, tzinfo=UTC),
        "made_on": date(2026, 1, number + 1),
        "name": ("100 %", "a:b", "", None)[number],
        "is_good": number > 1,
    }
    for number, identifier in enumerate(IDS)
]
BY_ID = select(things).where(things.c.id == bindparam("id"))
ORDERED = select(things).order_by(things.c.number)
LIMIT = bindparam("limit", type_=Integer, literal_execute=True)


@pytest.fixture
def url(postgres_admin_url: str) -> str:
    """That of the superuser: services may not make tables, not even temporary ones."""
    return make_url(postgres_admin_url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """One that lets each statement stand alone, over a single connection."""
    engine = make_engine(url, pool_size=1, autocommit=True)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        things.create(connection)
        connection.execute(insert(things), ROWS)
        yield connection


@pytest.fixture
def by_sqlalchemy(engine: Engine) -> list[str]:
    """The statements that SQLAlchemy executes from here on."""
    executed: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, sql, *_: executed.append(sql))
    return executed


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        pytest.param(ORDERED, {}, id="all kinds of columns"),
        pytest.param(BY_ID, {"id": IDS[1]}, id="one of them"),
        pytest.param(BY_ID, {"id": new_id()}, id="none"),
        pytest.param(ORDERED.where(things.c.colour == bindparam("colour")), {"colour": Colour.RED}, id="an enum"),
        pytest.param(ORDERED.where(things.c.colour.in_([Colour.RED, Colour.BLUE])), {}, id="a fixed list"),
        pytest.param(ORDERED.where(things.c.name.like("%100 \\%%")), {}, id="a pattern"),
        pytest.param(ORDERED.where(things.c.number % 2 == 1), {}, id="a percent sign"),
        pytest.param(ORDERED.limit(LIMIT), {"limit": 2}, id="a number in the text"),
        pytest.param(ORDERED.limit(LIMIT), {"limit": None}, id="no number in the text"),
        pytest.param(
            select(func.count(), literal("x").label("x"), things.c.id.label("of")).group_by(things.c.id),
            {},
            id="labels",
        ),
        pytest.param(
            ORDERED.where((things.c.number > bindparam("least")) | (things.c.number == bindparam("least"))),
            {"least": 1, "unknown": 2},
            id="a parameter twice, and one too many",
        ),
        pytest.param(
            ORDERED.where(things.c.number.in_(bindparam("numbers", expanding=True))), {"numbers": [1, 3]}, id="a list"
        ),
        pytest.param(
            ORDERED.where(things.c.details["a"][0].as_integer() == bindparam("first")), {"first": 2}, id="json"
        ),
    ],
)
def test_rows_are_those_of_sqlalchemy(connection: Connection, statement: Select[Any], values: dict[str, Any]) -> None:
    kept = ReadStatement(statement)
    expected = plain_rows(connection.execute(statement, values))
    for _ in range(3):
        rows = kept.rows(connection, values)
        assert rows == expected
        assert [type(value) for row in rows for value in row] == [type(value) for row in expected for value in row]
        assert [row._fields for row in rows] == [row._fields for row in expected]


def test_only_the_first_time_is_sqlalchemys(connection: Connection, by_sqlalchemy: list[str]) -> None:
    kept = ReadStatement(BY_ID)
    assert [kept.rows(connection, {"id": identifier})[0].number for identifier in IDS] == [0, 1, 2, 3]
    assert len(by_sqlalchemy) == 1


def test_each_number_in_the_text_has_a_text(connection: Connection, by_sqlalchemy: list[str]) -> None:
    kept = ReadStatement(ORDERED.limit(LIMIT))
    for _ in range(2):
        assert [len(kept.rows(connection, {"limit": limit})) for limit in (1, 2, 3)] == [1, 2, 3]
    assert len(by_sqlalchemy) == 3


def test_lists_of_values_are_always_sqlalchemys(connection: Connection, by_sqlalchemy: list[str]) -> None:
    kept = ReadStatement(ORDERED.where(things.c.number.in_(bindparam("numbers", expanding=True))))
    for numbers in ([1], [1, 2], []):
        assert [row.number for row in kept.rows(connection, {"numbers": numbers})] == numbers
    assert len(by_sqlalchemy) == 3


def test_statements_that_differ_in_constants_stay_apart(connection: Connection) -> None:
    alike = [ReadStatement(ORDERED.where(things.c.number == number)) for number in range(4)]
    for _ in range(3):
        assert [[row.number for row in kept.rows(connection, {})] for kept in alike] == [[0], [1], [2], [3]]


def test_a_parameter_that_had_its_default_may_be_given_later(connection: Connection) -> None:
    kept = ReadStatement(ORDERED.where(things.c.number == bindparam("number", 1)))
    for values, number in (({}, 1), ({"number": 2}, 2), ({}, 1), ({"number": 3}, 3)):
        assert [row.number for row in kept.rows(connection, values)] == [number]


def test_an_error_is_raised_as_by_sqlalchemy_without_asking_again(
    connection: Connection, by_sqlalchemy: list[str]
) -> None:
    divided = select(literal(1) / bindparam("by", type_=Integer))
    kept = ReadStatement(divided)
    assert kept.rows(connection, {"by": 1})[0][0] == 1
    with pytest.raises(DBAPIError, match="division by zero") as raised:
        kept.rows(connection, {"by": 0})
    assert len(by_sqlalchemy) == 1
    with pytest.raises(DBAPIError) as expected:
        connection.execute(divided, {"by": 0})
    assert (type(raised.value), raised.value.args) == (type(expected.value), expected.value.args)
    assert kept.rows(connection, {"by": 1})[0][0] == 1


def test_what_takes_too_long_is_not_asked_twice(connection: Connection, by_sqlalchemy: list[str]) -> None:
    kept = ReadStatement(select(func.pg_sleep(bindparam("seconds", type_=Numeric))))
    kept.rows(connection, {"seconds": 0})
    connection.exec_driver_sql("SET statement_timeout = '50ms'")
    asked = len(by_sqlalchemy)
    with pytest.raises(OperationalError, match="statement timeout"):
        kept.rows(connection, {"seconds": 30})
    assert len(by_sqlalchemy) == asked


def test_a_table_that_was_changed_is_read_all_the_same(connection: Connection) -> None:
    kept = ReadStatement(ORDERED)
    for _ in range(8):
        kept.rows(connection, {})
    driver: Any = connection.connection.driver_connection
    # Past psycopg, which forgets what it has prepared when a table is changed by itself.
    driver.pgconn.exec_(b"ALTER TABLE things ALTER COLUMN number TYPE bigint")
    assert [row.number for row in kept.rows(connection, {})] == [0, 1, 2, 3]


def test_a_connection_that_is_gone_is_replaced(engine: Engine, url: str) -> None:
    kept = ReadStatement(select(func.pg_backend_pid().label("pid")))
    with engine.connect() as connection:
        kept.rows(connection, {})
        gone = kept.rows(connection, {})[0].pid
        another = make_engine(url, pool_size=1)
        with another.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": gone})
        another.dispose()
        with pytest.raises(OperationalError) as caught:
            kept.rows(connection, {})
        assert caught.value.connection_invalidated
    with engine.connect() as connection:
        assert kept.rows(connection, {})[0].pid != gone


def test_within_a_transaction_it_is_sqlalchemys(url: str) -> None:
    engine, executed = make_engine(url, pool_size=1), list[str]()
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, sql, *_: executed.append(sql))
    kept = ReadStatement(select(literal(1)))
    with engine.begin() as connection:
        for _ in range(3):
            assert kept.rows(connection, {})[0][0] == 1
    assert len(executed) == 3
    engine.dispose()


def test_pages_are_read_by_it(connection: Connection, by_sqlalchemy: list[str]) -> None:
    total = select(func.count()).select_from(things)
    pages = PageStatement.of(ORDERED, total.scalar_subquery())
    for offset in (0, 2, 0, 2):
        rows, count = pages.page(connection, {}, limit=2, offset=offset)
        assert ([row.number for row in rows], count) == ([offset, offset + 1], 4)
    assert len(by_sqlalchemy) == 1

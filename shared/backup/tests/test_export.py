"""What is read of a part: any values as the wire has them, rows in whole pieces, and errors as they are."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Integer, Select, func, insert, select

from shared.backup.contents import Contents, Section
from shared.backup.export import blocks_of
from shared.backup.tests.conftest import things, values
from shared.db import Sessions

# PostgreSQL's text has neither.
_WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
_MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))
_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "words": st.none() | _WORDS,
            "amount": st.none() | st.decimals("-999999999.99", "999999999.99", places=2),
            "count": st.none() | st.integers(-(2**63), 2**63 - 1),
            "isSo": st.none() | st.booleans(),
            "of": st.none() | st.uuids(),
            "dueOn": st.none() | st.dates(date(1900, 1, 1)),
            "at": st.none() | _MOMENTS,
            "facts": st.none() | st.dictionaries(_WORDS, st.integers() | _WORDS | st.none()),
            "names": st.none() | st.lists(_WORDS),
        }
    ),
    max_size=4,
)


def pieces_of(connection: Connection, rows: Select[Any]) -> list[bytes]:
    contents = Contents(service="sample", metadata=[], sections=[Section("rows", rows)])
    blocks = blocks_of(connection, contents, frozenset(), [])
    return next(list(block.pieces) for block in blocks if block.head.key == "section rows")


def rows_of(connection: Connection, rows: Select[Any]) -> list[dict[str, Any]]:
    return [json.loads(line) for piece in pieces_of(connection, rows) for line in piece.splitlines()]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_ROWS)
def test_every_value_comes_out_as_the_wire_has_it(sessions: Sessions, rows: list[dict[str, Any]]):
    with sessions() as session:
        connection = session.connection()
        for number, row in enumerate(rows):
            connection.execute(insert(values).values(id=number, **row))
        found = rows_of(connection, select(values).order_by(values.c.id))
        session.rollback()
    assert found == [
        {"id": number} | {name: _on_the_wire(row[name]) for name in row} for number, row in enumerate(rows)
    ]


def _on_the_wire(value: Any) -> Any:
    match value:
        case Decimal():
            # A zero has no sign in a database.
            return f"{value or abs(value):.2f}"
        case UUID():
            return str(value)
        case datetime():
            return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case date():
            return f"{value.isoformat()}T00:00:00.000Z"
    return value


def test_an_error_among_the_rows_is_said_as_the_database_said_it(sessions: Sessions):
    shares = select((1 / (2 - things.c.id)).label("share")).order_by(things.c.id)
    with sessions() as session:
        with pytest.raises(psycopg.errors.DivisionByZero):
            rows_of(session.connection(), shares)
        session.rollback()
        assert session.execute(select(things.c.id).limit(1)).scalar_one() == 0


def test_many_rows_come_in_pieces_of_whole_ones(sessions: Sessions):
    count = 100_000
    number = func.generate_series(1, count, type_=Integer).column_valued("id")
    with sessions() as session:
        pieces = pieces_of(session.connection(), select(number, func.repeat("x", 100).label("words")))
    assert len(pieces) > 2
    assert [json.loads(line)["id"] for piece in pieces for line in piece.splitlines()] == list(range(1, count + 1))

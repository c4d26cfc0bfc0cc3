import psycopg
import pytest
from sqlalchemy import text

from shared.db import Sessions
from shared.postgres.cursor import LazyCursor, cursor_class


@pytest.mark.parametrize(
    ("version", "expected"),
    [("3.3.9", LazyCursor), ("3.3.12", LazyCursor), ("3.4.0", psycopg.Cursor), ("4.0", psycopg.Cursor)],
)
def test_a_release_that_was_not_measured_has_its_own_cursor(version: str, expected: type) -> None:
    assert cursor_class(version) is expected


def test_the_installed_release_was_measured() -> None:
    assert cursor_class() is LazyCursor, "Measure whether LazyCursor still pays with this release of psycopg."


def test_a_statement_is_described_when_it_is_asked(sessions: Sessions) -> None:
    with sessions() as session:
        rows = session.connection().execute(text("SELECT 1 AS first, 'two' AS second"))
        assert [column.name for column in rows.cursor.description] == ["first", "second"]
        assert rows.mappings().one() == {"first": 1, "second": "two"}
        assert session.connection().execute(text("SET LOCAL lock_timeout = 0")).returns_rows is False

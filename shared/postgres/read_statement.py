"""Reads that are asked for at nearly every request: made by SQLAlchemy once, executed by psycopg.

Of what a read of some rows costs in our process SQLAlchemy takes half, for what comes out the same each time, and
psycopg's search for placeholders in a statement that is too long for its cache a good part of the rest. So the text of
the statement and the order of its parameters are kept. docs/decisions/38 has the measurements.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Connection, CursorResult, Dialect, Select
from sqlalchemy.types import TypeEngine

from shared.postgres.errors import as_of_sqlalchemy, is_gone, is_stale
from shared.postgres.rows import row_type

_PLACEHOLDER = re.compile(r"%%|%\(([^)]+)\)s")
# Of a list that is paged through, so many pages; the oldest text goes when there is another.
_MOST_TEXTS = 32

Process = Callable[[Any], Any]


class _Parameter(NamedTuple):
    """A parameter of a text: how the value by its name is sent, or without a name the value that is always sent."""

    name: str | None
    always: Any
    process: Process | None


class _Text(NamedTuple):
    """A statement as PostgreSQL gets it with values by these names, and how its rows are read; `processed` are columns
    by place."""

    sql: str
    names: frozenset[str]
    parameters: tuple[_Parameter, ...]
    make_row: Callable[[Any], Any]
    processed: tuple[tuple[int, Process], ...]


class ReadStatement:
    """A statement that only reads, of which `rows` come as plain tuples with their columns as attributes.

    Numbers that are written into it (`literal_execute`) make a text of their own each.
    """

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._texts: OrderedDict[tuple[Any, ...], _Text] = OrderedDict()
        self._written_out: tuple[str, ...] | None = None

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """The rows with these values for its parameters.

        By SQLAlchemy where the statement does not stand alone, for then the end of its transaction depends on what
        SQLAlchemy knows of an error; at the first time; and again where its connection is gone, which SQLAlchemy then
        replaces, or what the server keeps of it is stale. Any other error is raised as SQLAlchemy would.
        """
        driver: Any = connection.connection.driver_connection
        text = self._text_for(values) if driver.autocommit else None
        if text is not None:
            try:
                return _rows_of(driver, text, values)
            except psycopg.Error as error:
                if is_stale(error):
                    # psycopg forgets with the server what they had prepared.
                    driver.execute("DEALLOCATE ALL")
                elif not is_gone(error):
                    raise as_of_sqlalchemy(error, text.sql) from error
        result = connection.execute(self._statement, dict(values))
        if driver.autocommit and text is None:
            self._keep_text(result, connection.dialect, values)
        return list(map(_maker_of(result.keys()), result.all()))

    def _text_for(self, values: Mapping[str, Any]) -> _Text | None:
        if self._written_out is None:
            return None
        text = self._texts.get(tuple(values[name] for name in self._written_out))
        return text if text and text.names == values.keys() else None

    def _keep_text(self, result: CursorResult[Any], dialect: Dialect, values: Mapping[str, Any]) -> None:
        """Keep what SQLAlchemy has just sent."""
        compiled: Any = result.context.compiled
        sent: Any = result.context.parameters[0]
        if any(parameter.expanding and parameter.key in values for parameter in compiled.post_compile_params):
            # A list of values is as many parameters as it has values.
            return
        self._written_out = tuple(sorted(parameter.key for parameter in compiled.literal_execute_params))
        names: list[str] = []
        sql = _PLACEHOLDER.sub(partial(_numbered, names), result.context.statement)
        self._texts[tuple(values[name] for name in self._written_out)] = _Text(
            sql,
            frozenset(values),
            tuple(
                _parameter(name, compiled.binds[name].type, dialect)
                if name in values
                # As it was sent: what SQLAlchemy has compiled may be that of another statement, with other constants.
                else _Parameter(None, sent[name], None)
                for name in names
            ),
            _maker_of(result.keys()),
            tuple(_processed_columns(self._statement, result.cursor.description, dialect)),
        )
        while len(self._texts) > _MOST_TEXTS:
            self._texts.popitem(last=False)


def _numbered(names: list[str], placeholder: re.Match[str]) -> str:
    """A placeholder as PostgreSQL itself has them: `$1`. `names` become those of the parameters, in their order."""
    name = placeholder[1]
    if name is None:
        return "%"
    if name not in names:
        names.append(name)
    return f"${names.index(name) + 1}"


def _parameter(name: str, kind: TypeEngine[Any], dialect: Dialect) -> _Parameter:
    return _Parameter(name, None, kind.dialect_impl(dialect).bind_processor(dialect))


def _processed_columns(statement: Select[Any], description: Any, dialect: Dialect) -> Iterator[tuple[int, Process]]:
    for place, (column, sent) in enumerate(zip(statement.selected_columns, description, strict=True)):
        process = column.type.dialect_impl(dialect).result_processor(dialect, sent.type_code)
        if process is not None:
            yield place, process


def _maker_of(names: Iterable[str]) -> Callable[[Any], Any]:
    """What makes a plain row of a tuple."""
    new: Any = tuple.__new__
    return partial(new, row_type(tuple(names)))


def _rows_of(driver: Any, text: _Text, values: Mapping[str, Any]) -> list[Any]:
    sql, _, parameters, make_row, processed = text
    given = [
        always if name is None else process(values[name]) if process else values[name]
        for name, always, process in parameters
    ]
    rows = psycopg.RawCursor(driver).execute(sql, given).fetchall()
    return list(map(make_row, [_read(row, processed) for row in rows] if processed else rows))


def _read(row: Any, processed: Iterable[tuple[int, Process]]) -> list[Any]:
    values = list(row)
    for place, process in processed:
        values[place] = process(values[place])
    return values

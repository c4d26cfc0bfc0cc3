"""What a service puts into its part of a backup: its tables, the sections of the downloaded file that it fills, and its
stored files. Each service declares it in `services/<name>/backup.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import reduce
from itertools import chain, repeat
from operator import add
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    DateTime,
    Integer,
    MetaData,
    Numeric,
    Select,
    String,
    Table,
    Text,
    Uuid,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.elements import ColumnElement

from shared import idempotency, tally
from shared.backup.tables import metadata as of_backups
from shared.directory import tables as directory
from shared.erasure import tables as erasure
from shared.messaging import anew, deferred, inbox, outbox
from shared.storage import unclaimed
from shared.storage.keys import PUBLIC, PUBLIC_PATH

_OF_ALL = (directory.metadata, tally.metadata, idempotency.metadata)
_MACHINERY = (
    outbox.metadata,
    inbox.metadata,
    anew.metadata,
    deferred.metadata,
    unclaimed.metadata,
    erasure.metadata,
    of_backups,
)


class Option(StrEnum):
    """What is in a backup only when it is asked for."""

    AUDIT_LOGS = "auditLogs"
    SESSIONS = "staffSessions"


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the downloaded file. The columns of `rows` have the names it has for them; `option` says that it is
    there only when asked for."""

    name: str
    rows: Select[Any]
    option: Option | None = None

    @property
    def has_json(self) -> bool:
        """Whether a value is JSON itself, which the database writes with blanks."""
        return any(isinstance(column.type, JSON) for column in self.rows.selected_columns)

    def statement(self) -> str:
        """SQL of what `objects` selects."""
        return _sql(self.objects())

    def objects(self) -> Select[tuple[str]]:
        """Each row as the text of one JSON object: amounts as text with their decimals, moments and days as ISO 8601 in
        UTC with milliseconds, as the wire has them."""
        # Put together here: `row_to_json` takes twice the time, as it looks every type up for every row.
        before = chain(["{"], repeat(","))
        members = [
            literal(f'{mark}"{column.key}":', Text) + _json_of(column)
            for mark, column in zip(before, self.rows.selected_columns, strict=False)
        ]
        joined = reduce(add, members) + literal("}", Text)
        return self.rows.with_only_columns(joined, maintain_column_froms=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """A service's part. `metadata` are its own tables; those of the mechanisms that all services have are added.

    `left_out` are tables of the moment, whose rows mean nothing in another one; `when_asked` those that are there only
    with an option. `files` give the keys of stored files that rows refer to.
    """

    service: str
    metadata: Sequence[MetaData]
    sections: Sequence[Section] = ()
    left_out: frozenset[str] = frozenset()
    when_asked: Mapping[Option, frozenset[str]] = field(default_factory=dict)
    files: Sequence[Select[tuple[str]]] = ()

    def tables(self, options: frozenset[Option]) -> list[Table]:
        """The tables of a part, each after those it refers to."""
        hidden = self.left_out | {name for option in Option if option not in options for name in self._asked(option)}
        mechanisms = [made for made in _OF_ALL if made not in self.metadata]
        found = [table for made in (*self.metadata, *mechanisms) for table in made.sorted_tables]
        machinery = {table.name for made in _MACHINERY for table in made.sorted_tables}
        return [table for table in dict.fromkeys(found) if table.name not in hidden | machinery]

    def sections_of(self, options: frozenset[Option]) -> list[Section]:
        """The sections of a part."""
        return [section for section in self.sections if section.option is None or section.option in options]

    def _asked(self, option: Option) -> frozenset[str]:
        # Which sessions were ended is of interest only beside the sessions.
        of_all = frozenset({directory.revoked_session.name}) if option is Option.SESSIONS else frozenset()
        return self.when_asked.get(option, frozenset()) | of_all


def on_the_wire(table: Any, *names: str, **others: str) -> Select[Any]:
    """All rows of a table or model with these columns by their names on the wire: `due_on` is `dueOn`, and `others`
    are called otherwise (`dueDate="due_on"`)."""
    columns = table.c if isinstance(table, Table) else table.__table__.c
    requested = {_camel_case(name): name for name in names} | others
    return select(*(columns[name].label(wire) for wire, name in requested.items()))


def public_files(table: Any, *names: str) -> Select[tuple[str]]:
    """The keys of the public files whose addresses are in these columns."""
    columns = table.c if isinstance(table, Table) else table.__table__.c
    found = [
        select(func.concat(f"{PUBLIC}/", func.split_part(columns[name], "/", -1))).where(
            columns[name].startswith(PUBLIC_PATH)
        )
        for name in names
    ]
    return select(union_all(*found).subquery().c[0])


def columns_of(table: Table) -> list[str]:
    """The columns of a table that a part has: those that the database does not compute from others."""
    return [column.name for column in table.columns if column.computed is None]


def _json_of(column: ColumnElement[Any]) -> ColumnElement[str]:
    """The value as the text of JSON, also of none."""
    return func.coalesce(_text_of(column), literal("null", Text))


def _text_of(column: ColumnElement[Any]) -> ColumnElement[str]:
    match column.type:
        case DateTime():
            return _quoted(func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
        case Date():
            # As every connection writes days; `to_char` takes four times as long.
            return _quoted(cast(column, Text) + literal("T00:00:00.000Z", Text))
        case Numeric() | Uuid():
            return _quoted(cast(column, Text))
        case Boolean() | Integer() | JSON():
            return cast(column, Text)
        case String():
            # Also one that is written in the statement, which has no type of its own.
            return cast(func.to_json(cast(column, Text)), Text)
    return cast(func.to_json(column), Text)


def _quoted(text: ColumnElement[str]) -> ColumnElement[str]:
    """As a string of JSON, for what has nothing in it to be escaped."""
    return literal('"', Text) + text + literal('"', Text)


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _sql(query: Select[Any]) -> str:
    # The driver gets it without parameters, and so takes no percent sign for one.
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]  # SQLAlchemy does not say its type
    return str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))

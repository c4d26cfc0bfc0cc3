"""What a service puts into its part of a backup: its tables, the sections of the downloaded file that it fills, and its
stored files. Each service declares it in `services/<name>/backup.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Date,
    DateTime,
    MetaData,
    Numeric,
    Select,
    Table,
    Text,
    cast,
    func,
    literal_column,
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

    def objects(self) -> Select[Any]:
        """Each row as one JSON value: amounts as text with their decimals, moments and days as ISO 8601 in UTC with
        milliseconds, as the wire has them."""
        columns = [_as_on_the_wire(column).label(str(column.key)) for column in self.rows.selected_columns]
        inner = self.rows.with_only_columns(*columns, maintain_column_froms=True).subquery("row")
        return select(func.row_to_json(literal_column('"row"'))).select_from(inner)


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


def _as_on_the_wire(column: ColumnElement[Any]) -> ColumnElement[Any]:
    match column.type:
        case Numeric():
            return cast(column, Text)
        case DateTime():
            return func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
        case Date():
            return func.to_char(column, 'YYYY-MM-DD"T00:00:00.000Z"')
    return column


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _sql(query: Select[Any]) -> str:
    # The driver gets it without parameters, and so takes no percent sign for one.
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]  # SQLAlchemy does not say its type
    return str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))

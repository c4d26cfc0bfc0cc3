"""A part that holds sections of a file of the replaced system, read as if the service had written it itself."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnDefault, Table
from sqlalchemy.dialects.postgresql import JSONB

from shared import exact_json
from shared.backup.contents import Contents, columns_of
from shared.backup.part import Block, Head, Header, Kind, PartReader, PartWriter, joined
from shared.takeover.book import Book
from shared.takeover.leftovers import Leftovers
from shared.tally import EVERYBODY, tally

ORIGIN = "replaced-system"
Values = Mapping[str, Any]


@dataclass(slots=True)
class Rows:
    """What a service makes of a file: rows by table, each by columns; what it `owns` of the sections, and the last
    number each sequence gave. Columns that a row does not name have what a new row would have."""

    owned: Sequence[str]
    tables: defaultdict[str, list[Values]] = field(default_factory=lambda: defaultdict(list))
    sequences: dict[str, int] = field(default_factory=dict)
    _counts: Counter[tuple[str, UUID, str]] = field(default_factory=Counter)

    def add(self, table: str, rows: Iterable[Values]) -> None:
        self.tables[table] += rows

    def count(self, keys: Iterable[tuple[str, UUID, str]], *, for_everybody: bool = True) -> None:
        """Count rows in the totals of lists: one (subject, owner, kind) for each row; and for everybody together."""
        for subject, owner, kind in keys:
            self._counts[subject, owner, kind] += 1
            if for_everybody:
                self._counts[subject, EVERYBODY, kind] += 1

    def counted(self) -> None:
        """Make rows of what was counted, as soon as all is."""
        numbers = list(self._counts.items())
        self.add(
            tally.name,
            (
                {"seq": seq, "subject": subject, "owner_id": owner, "kind": kind, "difference": number}
                for seq, ((subject, owner, kind), number) in enumerate(numbers, start=1)
            ),
        )
        self.sequences["tally_seq_seq"] = len(numbers)


@dataclass(frozen=True, slots=True)
class Takeover:
    """How a service makes its rows of a file: `make` raises Unreadable; days are those of the time zone."""

    make: Callable[[Book], Rows]
    zone: str


def taken_over(part: PartReader, contents: Contents, takeover: Takeover | None) -> PartReader:
    """The part that a service would have written of what the file holds, without rows where it has no `takeover`.
    Raises PartDamaged, Unreadable, Leftovers."""
    sections = {
        block.head.name: [exact_json.loads(row) for row in block.rows()]
        for block in part.blocks()
        if block.head.kind is Kind.SECTION
    }
    rows = _made(Book(sections, takeover.zone), takeover, part.header) if takeover else Rows(owned=())
    header = replace(part.header, sequences=rows.sequences)
    return PartReader(PartWriter(header, _blocks(contents, rows)).pieces())


def _made(book: Book, takeover: Takeover, header: Header) -> Rows:
    rows = takeover.make(book)
    rows.counted()
    found = book.leftovers(rows.owned)
    if found and not header.leaves_out:
        raise Leftovers(found)
    return rows


def _blocks(contents: Contents, rows: Rows) -> Iterator[Block]:
    for table in contents.tables(frozenset()):
        lines = (_line(table, values) for values in rows.tables.get(table.name, ()))
        yield Block(Head(Kind.TABLE, table.name, tuple(columns_of(table))), joined(lines))


def _line(table: Table, values: Values) -> bytes:
    """A row as COPY takes it."""
    cells = []
    for column in table.columns:
        if column.computed is None:
            value = values[column.name] if column.name in values else _default(column)
            as_json = isinstance(column.type, JSONB) and value is not None
            cells.append(_escaped(orjson.dumps(value).decode() if as_json else _text(value)))
    return "\t".join(cells).encode()


def _default(column: Any) -> Any:
    if isinstance(column.default, ColumnDefault) and not callable(column.default.arg):
        return column.default.arg
    given = getattr(column.server_default, "arg", None)
    if isinstance(given, str):
        return orjson.loads(given) if isinstance(column.type, JSONB) else given
    return None


def _text(value: Any) -> str | None:
    match value:
        case None | str():
            return value
        case bool():
            return "t" if value else "f"
        case datetime() | date():
            return value.isoformat()
        case Decimal() | int() | UUID():
            return str(value)
    raise TypeError(f"no value of a column: {value!r}")


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _escaped(value: str | None) -> str:
    return r"\N" if value is None else value.translate(_ESCAPES)

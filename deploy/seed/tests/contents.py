"""What lies in the tables of an institution, in a form in which two institutions can be compared."""

import json
import re
from collections import Counter
from typing import Any

from sqlalchemy import Connection, MetaData, Table

from deploy.seed.tests.conftest import Institution

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

# What is known by a name as well as by an id: the query gives both.
_NAMES = {
    "identity": ["SELECT id, email FROM user_account"],
    "membership": ["SELECT id, name FROM unions", "SELECT id, code FROM members"],
    "lending": [
        "SELECT id, name FROM loan_types",
        "SELECT id, loan_number FROM loans",
        "SELECT i.id, loan_number || ' line ' || sequence FROM instalments AS i JOIN loans ON loans.id = loan_id",
        "SELECT r.id, loan_number || ' repayment ' || r.account_version FROM loan_repayments AS r"
        " JOIN loans ON loans.id = loan_id",
    ],
}

# Columns that say when or in which turn a row was written, and nothing of the book.
_OF_THE_WRITING = {
    ("outbox", "seq"), ("outbox", "created_at"), ("outbox", "published_at"),
    ("tally", "seq"), ("tally", "difference"), ("portfolio_totals", "shard"),
    ("audit_entries", "batch"), ("audit_entries", "sequence"), ("audit_entries", "hash"), ("audit_chain", "hash"),
}  # fmt: skip
# The inbox of an event is forgotten after a month; handlers know old news without it (see test_book).
# What people are written to about, and reminded of, begins with what happens after the book; settings are made when
# they are first read. `history` says when a database was new.
_NOT_COMPARED = {
    "history",
    "alembic_version",
    "inbox",
    "audit_links",
    "audit_intake",
    "on_time_notes",
    "day_sums_notes",
    "idempotency",
    "mail",
    "loan_dues",
    "company_setting",
}
# Rows that add up; a sum of zero is as good as no row.
_SUMS = {"tally": "difference", "portfolio_sums": "total", "portfolio_totals": "total"}
_WITH_SUMS = {"union_standings": "loans"}
"""Of a row with several sums the one that is zero only when all of them are."""


def contents(institution: Institution) -> dict[str, Counter[str]]:
    """By table, how often each row is there. Ids are replaced by names; those of events and entries by `(an id)`."""
    names = _names(institution)
    return {
        f"{service}.{table.name}": _rows(connection, table, names)
        for service, sessions in institution.sessions.items()
        for connection, table in _tables(sessions)
    }


def _tables(sessions: Any) -> Any:
    with sessions() as session:
        connection, metadata = session.connection(), MetaData()
        metadata.reflect(connection)
        for table in metadata.tables.values():
            if table.name not in _NOT_COMPARED:
                yield connection, table


def _names(institution: Institution) -> dict[str, str]:
    names = {}
    for service, queries in _NAMES.items():
        with institution.sessions[service]() as session:
            for query in queries:
                names |= {str(row[0]): row[1] for row in session.connection().exec_driver_sql(query)}
    return names


def _rows(connection: Connection, table: Table, names: dict[str, str]) -> Counter[str]:
    found: Counter[str] = Counter()
    added = _SUMS.get(table.name)
    something = _WITH_SUMS.get(table.name)
    query = table.select().where(table.c[something] != 0) if something else table.select()
    for row in connection.execute(query).mappings():
        shortened = {
            name: _plain(value)
            for name, value in row.items()
            if (table.name, name) not in _OF_THE_WRITING and name != added
        }
        text = json.dumps(shortened, sort_keys=True, default=str)
        key = _UUID.sub(lambda match: names.get(match[0], "(an id)"), text)
        found[key] += row[added] if added else 1
    return Counter({key: number for key, number in found.items() if number})


def _plain(value: Any) -> Any:
    """JSON that is kept as text, as what it says."""
    if isinstance(value, str) and value.startswith("{"):
        return json.loads(value)
    return value

"""A service of one table and one kind of stored file, which takes part in backups."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.backup import tables
from shared.backup.contents import Contents, Section, on_the_wire
from shared.backup.participant import Participant
from shared.db import Sessions, make_sessions
from shared.migrations import SHARED_METADATA
from shared.postgres.engine import make_engine
from shared.storage import unclaimed
from shared.storage.settings import StorageSettings
from shared.testing import event_keys, temporary_database

metadata = MetaData()
things = Table(
    "things",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("called", Text),
    Column("file_key", Text),
)
# Of no part: what its rows look like in one is all that matters.
metadata_of_values = MetaData()
values = Table(
    "values_of_all_kinds",
    metadata_of_values,
    Column("id", Integer, primary_key=True),
    Column("words", Text),
    Column("amount", Numeric(14, 2)),
    Column("count", BigInteger),
    Column("isSo", Boolean),
    Column("of", Uuid),
    Column("dueOn", Date),
    Column("at", DateTime(timezone=True)),
    Column("facts", JSONB),
    Column("names", ARRAY(Text)),
)
CONTENTS = Contents(
    service="sample",
    metadata=[metadata],
    sections=[Section("things", on_the_wire(things, "id", name="called"))],
    files=[select(things.c.file_key)],
)


@pytest.fixture(scope="session")
def sample_database(postgres_admin_url: str) -> Iterator[str]:
    with temporary_database(postgres_admin_url, "sample") as urls:
        engine = make_engine(urls["sample"].owner, pool_size=1)
        for each in (*SHARED_METADATA, unclaimed.metadata, tables.metadata, metadata, metadata_of_values):
            each.create_all(engine)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE alembic_version (version_num text)"))
            connection.execute(text("INSERT INTO alembic_version VALUES ('0001')"))
        engine.dispose()
        yield urls["sample"].running


@pytest.fixture
def sessions(sample_database: str) -> Iterator[Sessions]:
    engine = make_engine(sample_database, pool_size=10)
    made = make_sessions(engine)
    with made.begin() as session:
        for table in (*tables.metadata.sorted_tables, *unclaimed.metadata.sorted_tables, things):
            session.execute(table.delete())
        session.execute(text("DELETE FROM outbox"))
        session.execute(text("DELETE FROM restore_tasks"))
        session.execute(insert(things), [{"id": number, "called": f"thing {number}"} for number in range(3)])
    yield made
    engine.dispose()


@pytest.fixture
def settings(sample_database: str, tmp_path: Path) -> StorageSettings:
    return StorageSettings(
        database_url=sample_database,
        broker_url="memory://",
        jwks_url="file:///dev/null",
        internal_secret=secrets.token_hex(16),
        event_keys=event_keys("sample").to_text(),
        bind="127.0.0.1:0",
        environment="development",
        storage_folder=str(tmp_path / "files"),
    )


@pytest.fixture
def participant(settings: StorageSettings) -> Participant:
    return Participant(CONTENTS, settings)

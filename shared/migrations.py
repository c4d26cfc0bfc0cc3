"""Alembic for a service, and the tables that come with the shared mechanisms."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, create_engine, pool, text

from shared import epochs, idempotency, restatement, tally
from shared.directory import tables as directory
from shared.erasure import tables as erasure
from shared.messaging import anew, deferred, inbox, outbox
from shared.postgres.tables import RIGHTS
from shared.postgres.urls import sqlalchemy_url
from shared.restore import tables as restore

SHARED_METADATA: Sequence[MetaData] = (
    outbox.metadata,
    inbox.metadata,
    anew.metadata,
    deferred.metadata,
    idempotency.metadata,
    directory.metadata,
    tally.metadata,
    epochs.metadata,
    restatement.metadata,
    restore.metadata,
    erasure.metadata,
)
_VERSION_TABLE, _VERSION_RIGHTS = "alembic_version", "SELECT"


def config(folder: Path, database_url: str) -> Config:
    """The Alembic configuration of the service whose migrations lie in `folder`; there is no ini file."""
    made = Config()
    made.set_main_option("script_location", str(folder))
    made.attributes["database_url"] = database_url
    return made


def upgrade(folder: Path, owner_url: str) -> None:
    """Bring a service's schema to the newest revision, as its owner; harmless when it is newest already."""
    command.upgrade(config(folder, owner_url), "head")


def check(folder: Path, database_url: str) -> None:
    """Raise alembic's error when the tables in the database differ from those in the code."""
    command.check(config(folder, database_url))


def run_env(*own: MetaData, left_alone: Collection[str] = ()) -> None:
    """The body of a service's `migrations/env.py`; `own` are its tables, and those of the mechanisms only some use;
    `left_alone` are tables of an earlier release that no code of this one knows.

    Each migration is a transaction of its own; one that fills a large table commits batch by batch in an
    `autocommit_block`, and can be run again when it was interrupted. Several processes may start at once: the first
    takes a lock and the others wait for it.
    """
    engine = create_engine(sqlalchemy_url(context.config.attributes["database_url"]), poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(hashtext('migrations of ' || current_schema()))"))
        connection.execute(text("SET statement_timeout = '10min'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=[*own, *SHARED_METADATA],
            compare_server_default=False,
            transaction_per_migration=True,
            include_name=lambda name, kind, _: kind != "table" or name not in left_alone,
        )
        context.run_migrations()
        _narrow_rights(connection, own)
        connection.commit()
    engine.dispose()


def _narrow_rights(connection: Connection, own: Sequence[MetaData]) -> None:
    """Leave the running role, which has the name of the schema, the rights that are declared of a table and no other.

    Every migration ends with it, so that nothing that was granted in between stays.
    """
    owner, running = connection.execute(text("SELECT quote_ident(current_user), quote_ident(current_schema())")).one()
    if owner == running:
        return  # Only alembic's comparison, which changes nothing, runs as the service itself.
    existing = set(
        connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")).scalars()
    )
    for table, rights in _declared_rights(own):
        if table in existing:
            connection.execute(text(f"REVOKE ALL ON {table} FROM {running}"))
            connection.execute(text(f"GRANT {rights} ON {table} TO {running}"))


def _declared_rights(own: Sequence[MetaData]) -> Iterator[tuple[str, str]]:
    yield _VERSION_TABLE, _VERSION_RIGHTS
    for metadata in own:
        for table in metadata.tables.values():
            if RIGHTS in table.info:
                yield table.name, table.info[RIGHTS]


def create_shared_tables(op: Any) -> None:
    """The shared tables as of their first version; a service's first migration calls it.

    Later changes of a shared table are migrations in every service.
    """
    for metadata in SHARED_METADATA:
        metadata.create_all(op.get_bind())

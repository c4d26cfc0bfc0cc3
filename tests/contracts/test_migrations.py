"""A migration runs while the release before works: it holds nobody up, and takes nothing away that is still used."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event

from deploy.database.provision import SERVICES
from shared import migrations
from shared.testing import temporary_database
from tests.contracts.locks import faults

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = "Contract:"
# Released before there was a policy, and how many faults each has. Nothing is added here: docs/operations.md says how
# each of them is done otherwise.
PAST: Mapping[str, int] = {
    "identity 0002": 5,
    "identity 0003": 5,
    "identity 0007": 1,
    "identity 0008": 3,
    "identity 0009": 3,
    "membership 0003": 2,
    "lending 0002": 8,
    "payments 0002": 4,
    "payments 0003": 2,
    "payments 0005": 1,
    "payments 0008": 1,
    "reporting 0004": 1,
    "reporting 0005": 1,
    "reporting 0006": 3,
    "reporting 0008": 6,
}

Recorded = Mapping[str, Mapping[str, Sequence[str]]]


@pytest.fixture(scope="module")
def recorded(postgres_admin_url: str) -> Recorded:
    """By service and revision, the statements that its migrations send to an empty database."""
    made = {}
    with temporary_database(postgres_admin_url, *SERVICES) as urls:
        for service in SERVICES:
            made[service] = dict(_by_revision(folder_of(service), urls[service].owner))
    return made


def folder_of(service: str) -> Path:
    """Where the migrations of a service are."""
    return ROOT / "services" / service / "migrations"


def _by_revision(folder: Path, owner_url: str) -> Iterator[tuple[str, list[str]]]:
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        migrations.upgrade(folder, owner_url)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    script = ScriptDirectory.from_config(migrations.config(folder, owner_url))
    revisions = [revision.revision for revision in reversed(list(script.walk_revisions()))]
    statements: list[str] = []
    for statement, _ in sent:
        if "alembic_version SET version_num" in statement or "INTO alembic_version" in statement:
            yield revisions.pop(0), statements
            statements = []
        elif not statement.lstrip().upper().startswith(("SELECT", "CREATE TABLE ALEMBIC_VERSION")):
            statements.append(statement)
    assert not revisions


@pytest.mark.parametrize("service", SERVICES)
def test_a_migration_holds_nobody_up_and_takes_nothing_away(service: str, recorded: Recorded) -> None:
    script = ScriptDirectory.from_config(migrations.config(folder_of(service), "postgresql://"))
    for revision, statements in recorded[service].items():
        purpose = script.get_revision(revision).module.__doc__ or ""
        found = faults(statements, contracts=CONTRACT in purpose)
        assert len(found) == PAST.get(f"{service} {revision}", 0), f"{service} {revision}:\n" + "\n".join(found)


def test_what_is_past_exists() -> None:
    for name in PAST:
        service, _, revision = name.partition(" ")
        script = ScriptDirectory.from_config(migrations.config(folder_of(service), "postgresql://"))
        assert script.get_revision(revision), name


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX loans_x_idx ON loans (x)",
        "CREATE UNIQUE INDEX loans_x_idx ON lending.loans (x)",
        "ALTER TABLE loans ADD COLUMN x text NOT NULL",
        "ALTER TABLE loans ADD COLUMN x uuid DEFAULT gen_random_uuid()",
        "ALTER TABLE loans ALTER COLUMN x TYPE bigint",
        "ALTER TABLE loans ALTER COLUMN x SET NOT NULL",
        "ALTER TABLE loans ADD CONSTRAINT x CHECK (x > 0)",
        "ALTER TABLE loans ADD CONSTRAINT x FOREIGN KEY (x) REFERENCES unions (id)",
        "ALTER TABLE loans ADD CONSTRAINT x UNIQUE (x)",
        "ALTER TABLE loans DROP COLUMN x",
        "ALTER TABLE loan_types RENAME COLUMN x TO y",
        "ALTER TABLE loans RENAME TO credits",
        "UPDATE loans SET x = 1",
        "DELETE FROM loans WHERE x = 1",
        "WITH y AS (UPDATE loans SET x = 1 RETURNING id) SELECT 1",
        "DROP TABLE loans",
        "TRUNCATE loans",
        "LOCK TABLE loans IN EXCLUSIVE MODE",
        "SELECT 1; VACUUM FULL loans",
    ],
)
def test_what_holds_people_up_is_found(statement: str) -> None:
    assert len(faults([statement])) == 1, faults([statement])


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX CONCURRENTLY loans_x_idx ON loans (x)",
        "CREATE TABLE fees (id uuid); CREATE INDEX fees_idx ON fees (id); ALTER TABLE fees ADD UNIQUE (id)",
        "ALTER TABLE loans ADD COLUMN x text",
        "ALTER TABLE loans ADD COLUMN x text DEFAULT 'a' NOT NULL",
        "ALTER TABLE loans ADD CONSTRAINT x CHECK (x > 0) NOT VALID",
        "ALTER TABLE loans VALIDATE CONSTRAINT x",
        "ALTER TABLE loans ADD CONSTRAINT x UNIQUE USING INDEX loans_x_idx",
        "UPDATE loans SET x = 1 WHERE id IN (SELECT id FROM loans WHERE x IS NULL LIMIT 1000)",
        "UPDATE company_setting SET x = 1",
        "CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN UPDATE loans SET x = 1; END $$ LANGUAGE plpgsql",
        "COMMENT ON TABLE loans IS 'DROP TABLE loans; UPDATE loans'",
    ],
)
def test_what_holds_nobody_up_passes(statement: str) -> None:
    assert faults([statement]) == []


def test_what_no_release_reads_may_go_where_that_is_said() -> None:
    assert faults(["ALTER TABLE loans DROP COLUMN x", "DROP TABLE fees"], contracts=True) == []

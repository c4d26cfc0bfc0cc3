"""What every service has for restores in its schema: its share of one that is under way, and how tables are emptied."""

from typing import Any

from sqlalchemy import Column, DateTime, MetaData, SmallInteger, Table, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB

from shared.postgres.tables import NAMING

metadata = MetaData(naming_convention=NAMING)

Moment = DateTime(timezone=True)

# A step of a restore that this service is to take. `request` is what the event says that asked for it; `memory` is what
# a step leaves for a later one. Who has the lease may go on; one whose lease has run out is taken again.
restore_tasks = Table(
    "restore_tasks",
    metadata,
    Column("restore_id", Uuid, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("request", JSONB, nullable=False),
    Column("memory", JSONB),
    Column("lease", Uuid),
    Column("leased_until", Moment),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
    Column("done_at", Moment),
    Column("created_at", Moment, nullable=False, server_default=func.now()),
)


def create_tables(op: Any) -> None:
    """The table as of its first version; a migration of every service calls it."""
    metadata.create_all(op.get_bind())


# Emptied row by row, a table keeps its old rows, and their places in every index, until long after new ones came in:
# a restore then takes twice as long. The service may not empty a table at once itself, but by this function, and only
# those of whose rows it may delete each one.
_EMPTY_TABLES = """
    CREATE FUNCTION empty_tables(names text[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
        SET search_path FROM CURRENT AS $$
    DECLARE
        listed text[] := ARRAY(SELECT format('%I.%I', current_schema(), name) FROM unnest(names) AS name);
        one text;
    BEGIN
        FOREACH one IN ARRAY listed LOOP
            IF NOT has_table_privilege(session_user, one, 'DELETE') THEN
                RAISE EXCEPTION 'The rows of % may not be deleted.', one USING ERRCODE = 'insufficient_privilege';
            END IF;
        END LOOP;
        EXECUTE 'TRUNCATE ' || array_to_string(listed, ', ');
    END $$
"""
_SIGNATURE = "empty_tables(text[])"


def create_emptying(op: Any) -> None:
    """The function by which the running role empties tables; a migration of every service calls it."""
    # As it is, and not as text with parameters: it holds colons and percent signs of its own.
    op.get_bind().connection.driver_connection.execute(_EMPTY_TABLES)
    op.execute(f"REVOKE ALL ON FUNCTION {_SIGNATURE} FROM PUBLIC")
    running = op.get_bind().execute(text("SELECT quote_ident(current_schema())")).scalar_one()
    op.execute(f"GRANT EXECUTE ON FUNCTION {_SIGNATURE} TO {running}")


def drop_emptying(op: Any) -> None:
    op.execute(f"DROP FUNCTION {_SIGNATURE}")

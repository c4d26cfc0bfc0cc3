"""All that is in a database, in a form that two versions of PostgreSQL say alike."""

import psycopg
from psycopg import sql

from deploy.backups.carried import numbers_of
from deploy.database.provision import DATABASE

_TABLES = """
SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""
# With the hashes of their passwords, and what each is limited to.
_ROLES = """
SELECT rolname, rolsuper, rolcanlogin, rolconnlimit, rolpassword, setconfig FROM pg_authid
  LEFT JOIN pg_db_role_setting ON setrole = pg_authid.oid
 WHERE rolname !~ '^pg_' ORDER BY rolname
"""
# Of tables; a later version may have more kinds of rights, which only owners get by themselves.
_RIGHTS = """
SELECT grantee, table_schema, table_name, privilege_type FROM information_schema.role_table_grants
 WHERE table_schema !~ '^pg_|information_schema' AND privilege_type <> 'MAINTAIN' ORDER BY 1, 2, 3, 4
"""

Contents = dict[str, object]
Statistics = dict[tuple[str, str, str], float]


def contents(url: str) -> Contents:
    """The rows of each table, as how many there are and a digest of them, the sequences, who may do what, and whose
    planner knows how many values."""
    found: Contents = {"numbers": numbers_of(url)}
    with psycopg.connect(url, dbname=DATABASE) as database:
        found["roles"] = database.execute(_ROLES).fetchall()
        found["rights"] = database.execute(_RIGHTS).fetchall()
        for schema, table in database.execute(_TABLES).fetchall():
            query = sql.SQL("SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t")
            found[f"{schema}.{table}"] = database.execute(query.format(sql.Identifier(schema, table))).fetchone()
    return found


def statistics(url: str) -> Statistics:
    """By schema, table and column, how many values the planner believes to be in it."""
    query = "SELECT schemaname, tablename, attname, n_distinct FROM pg_stats WHERE schemaname !~ '^pg_|information'"
    with psycopg.connect(url, dbname=DATABASE) as database:
        return {(schema, table, column): count for schema, table, column, count in database.execute(query)}

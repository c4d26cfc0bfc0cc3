"""Sums that the database keeps of rows itself: of running sums over all unions, of payments and of punctuality by
month."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_AMOUNT = sa.Numeric(18, 2)
_NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"
_MONTH = "date_trunc('month', {})::date"
# By table of sums the table of rows, the keys, and what is added up; `sign` is -1 for a row that is gone.
_KEPT = {
    "portfolio_totals": (
        "portfolio_sums",
        # A part for each connection, so that nobody waits for another one.
        {"figure": "figure", "slot": "slot", "shard": "(pg_backend_pid() % 16)::smallint"},
        {"total": "sum(sign * total)"},
    ),
    "collected_months": (
        "repayments",
        {"month": _MONTH.format("paid_on"), "union_id": f"coalesce(union_id, {_NOBODY})"},
        {"amount": "sum(sign * amount)", "payments": "sum(sign * (amount > 0)::integer)"},
    ),
    "on_time_months": (
        "on_time_days",
        {"month": _MONTH.format("day"), "union_id": "union_id"},
        {"due": "sum(sign * due)", "on_time": "sum(sign * on_time)"},
    ),
}
_ADD = """
    INSERT INTO {sums} ({columns}) SELECT {values} FROM ({rows}) AS row GROUP BY {places} HAVING {is_something}
     ORDER BY {places} ON CONFLICT ({keys}) DO UPDATE SET {added}
"""
# All rows less what triggers have added of them already, both as of one moment: whoever writes meanwhile adds to it.
_FILL = """
    INSERT INTO {sums} ({columns})
    SELECT {keys}, {totals} FROM (
        SELECT {labelled} FROM (SELECT *, 1 AS sign FROM {table}) AS row GROUP BY {places}
         UNION ALL
        SELECT {kept_keys}, {taken} FROM {sums}
    ) AS part GROUP BY {places} HAVING {is_any}
     ORDER BY {places} ON CONFLICT ({keys}) DO UPDATE SET {added}
"""
_FUNCTION = """
    CREATE OR REPLACE FUNCTION keep_{sums}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN {inserted};
        ELSIF TG_OP = 'DELETE' THEN {deleted};
        ELSIF TG_OP = 'UPDATE' THEN {updated};
        ELSE DELETE FROM {sums};
        END IF;
        RETURN NULL;
    END $$
"""
_TRIGGERS = {
    "INSERT": "REFERENCING NEW TABLE AS new_rows",
    "DELETE": "REFERENCING OLD TABLE AS old_rows",
    "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "TRUNCATE": "",
}
_NEW, _OLD = "SELECT *, 1 AS sign FROM new_rows", "SELECT *, -1 AS sign FROM old_rows"


def upgrade() -> None:
    # May be run again: it was interrupted where the sums are filled.
    _create(
        "portfolio_totals",
        sa.Column("figure", sa.Text, primary_key=True),
        sa.Column("slot", sa.Text, primary_key=True),
        sa.Column("shard", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("total", _AMOUNT, nullable=False),
    )
    _create(
        "collected_months",
        sa.Column("month", sa.Date, primary_key=True),
        sa.Column("union_id", sa.Uuid, primary_key=True),
        sa.Column("amount", _AMOUNT, nullable=False),
        sa.Column("payments", sa.Integer, nullable=False),
    )
    _create(
        "on_time_months",
        sa.Column("month", sa.Date, primary_key=True),
        sa.Column("union_id", sa.Uuid, primary_key=True),
        sa.Column("due", _AMOUNT, nullable=False),
        sa.Column("on_time", _AMOUNT, nullable=False),
    )
    for sums, (table, keys, figures) in _KEPT.items():
        _keep(sums, table, _parts(sums, keys, figures))
    with op.get_context().autocommit_block():
        for sums, (table, keys, figures) in _KEPT.items():
            op.execute(_FILL.format(table=table, **_parts(sums, keys, figures)))


def _create(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(name, *columns, if_not_exists=True)


def _parts(sums: str, keys: dict[str, str], figures: dict[str, str]) -> dict[str, str]:
    something = [f"{figure} <> 0" for figure in figures.values()]
    return {
        "sums": sums,
        "keys": ", ".join(keys),
        "columns": ", ".join([*keys, *figures]),
        "values": ", ".join([*keys.values(), *figures.values()]),
        "labelled": ", ".join(f"{value} AS {name}" for name, value in (keys | figures).items()),
        # Of sums in parts this connection's part takes what all of them have.
        "kept_keys": ", ".join(keys["shard"] if name == "shard" else name for name in keys),
        "taken": ", ".join(f"-{name}" for name in figures),
        "totals": ", ".join(f"sum({name})" for name in figures),
        "is_any": " OR ".join(f"sum({name}) <> 0" for name in figures),
        "places": ", ".join(str(place) for place in range(1, len(keys) + 1)),
        "is_something": " OR ".join(something),
        "added": ", ".join(f"{name} = {sums}.{name} + excluded.{name}" for name in figures),
    }


def _keep(sums: str, table: str, parts: dict[str, str]) -> None:
    op.execute(
        _FUNCTION.format(
            inserted=_ADD.format(rows=_NEW, **parts),
            deleted=_ADD.format(rows=_OLD, **parts),
            updated=_ADD.format(rows=f"{_NEW} UNION ALL {_OLD}", **parts),
            sums=sums,
        )
    )
    for event, referencing in _TRIGGERS.items():
        op.execute(
            f"CREATE OR REPLACE TRIGGER {sums}_{event.lower()} AFTER {event} ON {table} {referencing} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION keep_{sums}()"
        )

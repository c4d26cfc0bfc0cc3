"""Sums of what fell due and came in on days that are over, by union and loan type."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_CENTS = ("expected", "due", "on_time", "repaid", "recovered", "reversed", "penalty", "fee", "interest", "principal")
# The release before notes only days, and has its own sums made of them; these sums need them too.
_COPY = """
    CREATE FUNCTION copy_on_time_note() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT AS $$
    BEGIN
        INSERT INTO day_sums_notes (day, unions) VALUES (NEW.day, NEW.unions);
        RETURN NULL;
    END $$
"""
_TRIGGER = """
    CREATE TRIGGER on_time_notes_copied AFTER INSERT ON on_time_notes
    FOR EACH ROW EXECUTE FUNCTION copy_on_time_note()
"""


def upgrade() -> None:
    # Empty: a timer of the worker fills the sums of all past days.
    op.create_table(
        "day_sums",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("union_id", sa.Uuid, primary_key=True),
        sa.Column("loan_type_id", sa.Uuid, primary_key=True),
        *(sa.Column(name, sa.BigInteger, nullable=False, server_default="0") for name in _CENTS),
        sa.Column("payments", sa.Integer, nullable=False, server_default="0"),
        sa.Column("recoveries", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_table(
        "day_sums_notes",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("gen_random_uuid()")),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("unions", sa.ARRAY(sa.Uuid)),
    )
    op.create_table(
        "day_sums_progress",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("made_until", sa.Date, nullable=False),
        sa.CheckConstraint("id = 1", name="day_sums_progress_single_check"),
    )
    op.add_column("on_time_notes", sa.Column("unions", sa.ARRAY(sa.Uuid)))
    op.execute(_COPY)
    op.execute(_TRIGGER)

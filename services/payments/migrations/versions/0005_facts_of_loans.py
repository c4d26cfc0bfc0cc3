"""What lending publishes of a loan gets columns of its own; until now it was JSON, with dates as text of the wire.

A trigger keeps the JSON and the columns in step, whichever is written, so that the release before this one and this one
can work side by side. A later release drops the trigger, its function and the column `facts`.

The columns are filled a few thousand loans at a time, each batch in a transaction of its own: payments go on meanwhile.
Being interrupted does no harm; the migration is run again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BATCH = 5_000

_COLUMNS = {
    "lending_status": "text",
    "term_count": "integer",
    "term_unit": "text",
    "start_on": "date",
    "end_on": "date",
    "annual_rate": "numeric(9, 6)",
    "processing_fee": "numeric(14, 2)",
    "processing_fee_collected": "boolean",
    "penalty_per_day": "numeric(14, 2)",
    "interest_method": "text",
    "rounding": "text",
    "rebates_unearned_interest": "boolean",
    "base_on": "date",
    "disbursed_on": "date",
    "submitted_at": "timestamptz",
    "approved_at": "timestamptz",
    "approved_by": "uuid",
    "disbursement_method": "text",
    "disbursement_reference": "text",
    "notes": "text",
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
}
_REQUIRED = (
    "lending_status", "term_count", "term_unit", "start_on", "annual_rate", "processing_fee",
    "processing_fee_collected", "penalty_per_day", "interest_method", "rounding", "rebates_unearned_interest",
    "created_at", "updated_at",
)  # fmt: skip

_FUNCTIONS = """
CREATE OR REPLACE FUNCTION wire_instant(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
CREATE OR REPLACE FUNCTION wire_day(on_day date) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT to_char(on_day, 'YYYY-MM-DD"T00:00:00.000Z"')
$$;
CREATE OR REPLACE FUNCTION keep_facts_in_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    facts jsonb := NEW.facts;
    terms jsonb := coalesce(nullif(NEW.facts -> 'terms', 'null'), '{}');
BEGIN
    IF facts IS NOT NULL AND (
        TG_OP = 'INSERT' OR OLD.lending_status IS NULL OR facts IS DISTINCT FROM OLD.facts
    ) THEN
        NEW.lending_status := facts ->> 'status';
        NEW.term_count := facts ->> 'term_count';
        NEW.term_unit := facts ->> 'term_unit';
        NEW.start_on := left(facts ->> 'start_on', 10);
        NEW.end_on := left(facts ->> 'end_on', 10);
        NEW.annual_rate := facts ->> 'annual_rate';
        NEW.processing_fee := facts ->> 'processing_fee';
        NEW.processing_fee_collected := facts ->> 'processing_fee_collected';
        NEW.penalty_per_day := facts ->> 'penalty_per_day';
        NEW.interest_method := coalesce(terms ->> 'interest_method', 'FLAT');
        NEW.rounding := coalesce(terms ->> 'rounding', 'HALF_UP');
        NEW.rebates_unearned_interest := coalesce(terms ->> 'rebates_unearned_interest', 'false');
        NEW.base_on := left(terms ->> 'base_on', 10);
        NEW.disbursed_on := left(facts ->> 'disbursed_on', 10);
        NEW.submitted_at := facts ->> 'submitted_at';
        NEW.approved_at := facts ->> 'approved_at';
        NEW.approved_by := facts ->> 'approved_by';
        NEW.disbursement_method := facts ->> 'disbursement_method';
        NEW.disbursement_reference := facts ->> 'disbursement_reference';
        NEW.notes := facts ->> 'notes';
        NEW.created_at := facts ->> 'created_at';
        NEW.updated_at := facts ->> 'updated_at';
    ELSE
        NEW.facts := jsonb_build_object(
            'status', NEW.lending_status, 'term_count', NEW.term_count, 'term_unit', NEW.term_unit,
            'start_on', wire_day(NEW.start_on), 'end_on', wire_day(NEW.end_on),
            'annual_rate', NEW.annual_rate::text, 'processing_fee', NEW.processing_fee::text,
            'processing_fee_collected', NEW.processing_fee_collected, 'penalty_per_day', NEW.penalty_per_day::text,
            'terms', jsonb_build_object(
                'interest_method', NEW.interest_method, 'rounding', NEW.rounding,
                'penalty_mode', CASE WHEN NEW.daily_penalty > 0 THEN 'CHARGED' ELSE 'SHOWN' END,
                'penalty_grace_days', NEW.penalty_grace_days,
                'rebates_unearned_interest', NEW.rebates_unearned_interest, 'base_on', NEW.base_on
            ),
            'disbursed_on', wire_day(NEW.disbursed_on), 'submitted_at', wire_instant(NEW.submitted_at),
            'approved_at', wire_instant(NEW.approved_at), 'approved_by', NEW.approved_by,
            'disbursement_method', NEW.disbursement_method, 'disbursement_reference', NEW.disbursement_reference,
            'notes', NEW.notes, 'created_at', wire_instant(NEW.created_at), 'updated_at', wire_instant(NEW.updated_at)
        );
    END IF;
    RETURN NEW;
END $$
"""

_BACKFILL = sa.text(
    """
    WITH batch AS (
        SELECT loan_id FROM loan_accounts WHERE loan_id > :after ORDER BY loan_id LIMIT :batch FOR UPDATE
    ), filled AS (
        UPDATE loan_accounts SET facts = facts FROM batch
         WHERE loan_accounts.loan_id = batch.loan_id AND lending_status IS NULL
    )
    SELECT max(loan_id::text)::uuid FROM batch
    """
)


def upgrade() -> None:
    for name, kind in _COLUMNS.items():
        op.execute(f"ALTER TABLE loan_accounts ADD COLUMN IF NOT EXISTS {name} {kind}")
    op.execute(_FUNCTIONS)
    # Money that comes in writes none of these columns, so it does not pay for the trigger.
    op.execute(
        f"CREATE OR REPLACE TRIGGER keep_facts_in_step BEFORE INSERT OR UPDATE OF facts, {', '.join(_COLUMNS)}"
        " ON loan_accounts FOR EACH ROW EXECUTE FUNCTION keep_facts_in_step()"
    )
    with op.get_context().autocommit_block():
        _fill_columns()
    required = ", ".join(f"ALTER COLUMN {name} SET NOT NULL" for name in _REQUIRED)
    op.execute(f"ALTER TABLE loan_accounts {required}")


def _fill_columns() -> None:
    connection, after = op.get_bind(), "00000000-0000-0000-0000-000000000000"
    while after:
        after = connection.execute(_BACKFILL, {"after": after, "batch": BATCH}).scalar_one()

"""Who was erased is taken out of the audit trail, and of what else names them of the past."""

import sqlalchemy as sa
from alembic import op

from shared.erasure import tables as erasure

revision = "0021"
down_revision = "0020"

# Values may become nothing or `Erased`, and of a text parts may; no other change is a redaction.
_IS_REDACTION = r"""
    CREATE FUNCTION is_redaction(original jsonb, left_over jsonb) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT AS $$
    BEGIN
        IF left_over = original OR left_over IN ('null', '"Erased"') THEN
            RETURN true;
        ELSIF jsonb_typeof(left_over) <> jsonb_typeof(original) THEN
            RETURN false;
        END IF;
        CASE jsonb_typeof(original)
            WHEN 'object' THEN
                RETURN (SELECT count(*) FROM jsonb_object_keys(left_over))
                     = (SELECT count(*) FROM jsonb_object_keys(original))
                   AND NOT EXISTS (
                       SELECT FROM jsonb_each(original) AS before LEFT JOIN jsonb_each(left_over) AS after USING (key)
                        WHERE after.value IS NULL OR NOT is_redaction(before.value, after.value)
                   );
            WHEN 'array' THEN
                RETURN jsonb_array_length(left_over) = jsonb_array_length(original)
                   AND NOT EXISTS (
                       SELECT FROM generate_series(0, jsonb_array_length(original) - 1) AS place
                        WHERE NOT is_redaction(original -> place, left_over -> place)
                   );
            WHEN 'string' THEN
                RETURN (original #>> '{}') LIKE replace(
                    regexp_replace(left_over #>> '{}', '([\\%_])', '\\\1', 'g'), 'Erased', '%'
                );
            ELSE
                RETURN false;
        END CASE;
    END $$
"""
# The only way in which the service that keeps the trail can take anything out of it.
_REDACT_ENTRY = """
    CREATE FUNCTION redact_entry(
        of_batch bigint, of_sequence bigint, new_before text, new_after text, new_metadata text, of_member uuid,
        new_seal bytea, new_key_id text
    ) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DECLARE
        entry audit_entries;
    BEGIN
        SELECT * INTO STRICT entry FROM audit_entries WHERE (batch, sequence) = (of_batch, of_sequence) FOR UPDATE;
        IF NOT EXISTS (
            SELECT FROM audit_entries WHERE entity_id = CAST(of_member AS text) AND action = 'UNION_MEMBER_ERASED'
        ) THEN
            RAISE EXCEPTION 'No entry says that member % was erased.', of_member USING ERRCODE = 'check_violation';
        END IF;
        IF (entry.before IS NULL) <> (new_before IS NULL) OR (entry.after IS NULL) <> (new_after IS NULL)
            OR (entry.metadata IS NULL) <> (new_metadata IS NULL)
            OR NOT coalesce(is_redaction(CAST(entry.before AS jsonb), CAST(new_before AS jsonb)), true)
            OR NOT coalesce(is_redaction(CAST(entry.after AS jsonb), CAST(new_after AS jsonb)), true)
            OR NOT coalesce(is_redaction(CAST(entry.metadata AS jsonb), CAST(new_metadata AS jsonb)), true)
        THEN
            RAISE EXCEPTION 'Of an entry text may only be taken out.' USING ERRCODE = 'check_violation';
        END IF;
        UPDATE audit_entries SET before = new_before, after = new_after, metadata = new_metadata
         WHERE (batch, sequence) = (of_batch, of_sequence);
        INSERT INTO audit_redactions (batch, sequence, member_id, seal, key_id)
        VALUES (of_batch, of_sequence, of_member, new_seal, new_key_id)
        ON CONFLICT (batch, sequence) DO UPDATE
            SET member_id = excluded.member_id, seal = excluded.seal, key_id = excluded.key_id, redacted_at = now();
    END $$
"""
_SIGNATURE = "redact_entry(bigint, bigint, text, text, text, uuid, bytea, text)"


def upgrade() -> None:
    op.create_table(
        "audit_redactions",
        sa.Column("batch", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("seal", sa.LargeBinary, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("redacted_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    # As they are, and not as text with parameters: they hold colons and percent signs of their own.
    driver = op.get_bind().connection.driver_connection
    for function in (_IS_REDACTION, _REDACT_ENTRY):
        driver.execute(function)
    # The owner, too, had only been left the right to add entries; by this function alone anybody uses it.
    op.execute("GRANT UPDATE (before, after, metadata) ON audit_entries TO CURRENT_USER")
    op.execute(f"REVOKE ALL ON FUNCTION {_SIGNATURE} FROM PUBLIC")
    running = op.get_bind().execute(sa.text("SELECT quote_ident(current_schema())")).scalar_one()
    op.execute(f"GRANT EXECUTE ON FUNCTION {_SIGNATURE} TO {running}")
    erasure.create_tables(op, also=(erasure.TRAIL,))


def downgrade() -> None:
    erasure.erasure_sweeps.drop(op.get_bind())
    op.execute(f"DROP FUNCTION {_SIGNATURE}")
    op.execute("DROP FUNCTION is_redaction(jsonb, jsonb)")
    op.execute("REVOKE UPDATE (before, after, metadata) ON audit_entries FROM CURRENT_USER")
    op.drop_table("audit_redactions")

"""Unions, members, their histories, and the loans of members."""

import sqlalchemy as sa
from alembic import op

from shared.migrations import create_shared_tables

revision = "0001"
down_revision = None

IS_LIVE = sa.text("deleted_at IS NULL")
NEWEST_FIRST = [sa.text("created_at DESC"), sa.text("id DESC")]


def upgrade() -> None:
    create_shared_tables(op)
    _create_unions()
    _create_members()
    _create_histories()
    _create_member_loans()


def _create_unions() -> None:
    op.create_table(
        "unions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("location", sa.Text),
        sa.Column("address", sa.Text),
        sa.Column("officer_id", sa.Uuid, nullable=False),
        sa.Column("search", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_by", sa.Uuid, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
    )
    _create_list_indexes("unions", "officer_id")


def _create_members() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("member_number")))
    facts = (
        "email", "phone", "address", "gender", "marital_status", "profession", "company", "city", "state", "country",
        "zip_code", "note", "profile_image",
    )  # fmt: skip
    op.create_table(
        "members",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("code", sa.Text, nullable=False, unique=True),
        sa.Column("first_name", sa.Text, nullable=False),
        sa.Column("last_name", sa.Text, nullable=False),
        *(sa.Column(name, sa.Text) for name in facts),
        sa.Column("date_of_birth", sa.Date),
        sa.Column("is_verified", sa.Boolean, nullable=False),
        sa.Column("union_id", sa.Uuid, sa.ForeignKey("unions.id", name="members_union_id_fkey"), nullable=False),
        sa.Column("officer_id", sa.Uuid, nullable=False),
        sa.Column("search", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_by", sa.Uuid, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
    )
    op.create_index("members_email_key", "members", ["email"], unique=True, postgresql_where=IS_LIVE)
    _create_list_indexes("members", "officer_id", "union_id")


def _create_list_indexes(table: str, *owners: str) -> None:
    op.create_index(f"{table}_created_at_idx", table, NEWEST_FIRST, postgresql_where=IS_LIVE)
    for owner in owners:
        op.create_index(f"{table}_{owner}_idx", table, [owner, *NEWEST_FIRST], postgresql_where=IS_LIVE)
    op.create_index(
        f"{table}_search_idx", table, ["search"], postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"}
    )


def _create_histories() -> None:
    op.create_table(
        "union_assignments",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column(
            "union_id", sa.Uuid, sa.ForeignKey("unions.id", name="union_assignments_union_id_fkey"), nullable=False
        ),
        sa.Column("old_officer_id", sa.Uuid, nullable=False),
        sa.Column("new_officer_id", sa.Uuid, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("assigned_by", sa.Uuid, nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("union_assignments_union_id_idx", "union_assignments", ["union_id", sa.text("assigned_at DESC")])
    op.create_table(
        "member_reassignments",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column(
            "member_id",
            sa.Uuid,
            sa.ForeignKey("members.id", name="member_reassignments_member_id_fkey"),
            nullable=False,
        ),
        sa.Column("old_union_id", sa.Uuid, nullable=False),
        sa.Column("new_union_id", sa.Uuid, nullable=False),
        sa.Column("old_officer_id", sa.Uuid, nullable=False),
        sa.Column("new_officer_id", sa.Uuid, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("reassigned_by", sa.Uuid, nullable=False),
        sa.Column("reassigned_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(
        "member_reassignments_member_id_idx", "member_reassignments", ["member_id", sa.text("reassigned_at DESC")]
    )


def _create_member_loans() -> None:
    op.create_table(
        "member_loans",
        sa.Column("loan_id", sa.Uuid, primary_key=True),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("member_loans_member_id_idx", "member_loans", ["member_id"])

"""Document types, documents of members, and which types the documents of loans have."""

import sqlalchemy as sa
from alembic import op

from shared.storage import unclaimed

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)
IS_LIVE = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    unclaimed.create_table(op)
    _create_types()
    _create_documents()
    _create_loan_documents()


def _create_types() -> None:
    op.create_table(
        "document_types",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT),
        sa.Column("version", sa.Integer, nullable=False),
    )
    for name, column in {"name": sa.text("lower(name)"), "code": "code"}.items():
        op.create_index(
            f"document_types_live_{name}_key", "document_types", [column], unique=True, postgresql_where=IS_LIVE
        )


def _create_documents() -> None:
    op.create_table(
        "member_documents",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column(
            "member_id", sa.Uuid, sa.ForeignKey("members.id", name="member_documents_member_id_fkey"), nullable=False
        ),
        sa.Column(
            "document_type_id",
            sa.Uuid,
            sa.ForeignKey("document_types.id", name="member_documents_document_type_id_fkey"),
            nullable=False,
        ),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("issuing_authority", sa.Text),
        sa.Column("issued_on", sa.Date),
        sa.Column("expires_on", sa.Date),
        sa.Column("is_verified", sa.Boolean, nullable=False),
        sa.Column("verification_notes", sa.Text),
        sa.Column("verified_by", sa.Uuid),
        sa.Column("verified_at", MOMENT),
        sa.Column("uploaded_by", sa.Uuid, nullable=False),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("key", name="member_documents_key_key"),
    )
    newest_first = ["member_id", sa.text("uploaded_at DESC"), sa.text("id DESC")]
    op.create_index("member_documents_member_id_idx", "member_documents", newest_first, postgresql_where=IS_LIVE)
    op.create_index(
        "member_documents_document_type_id_idx", "member_documents", ["document_type_id"], postgresql_where=IS_LIVE
    )


def _create_loan_documents() -> None:
    op.create_table(
        "loan_documents",
        sa.Column("document_id", sa.Uuid, primary_key=True),
        sa.Column("document_type_id", sa.Uuid, nullable=False),
        sa.Column("is_deleted", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index(
        "loan_documents_document_type_id_idx",
        "loan_documents",
        ["document_type_id"],
        postgresql_where=sa.text("NOT is_deleted"),
    )

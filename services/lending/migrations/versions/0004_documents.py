"""Documents of loans and of their guarantors, and the types membership knows for them."""

import sqlalchemy as sa
from alembic import op

from shared.storage import unclaimed

revision = "0004"
down_revision = "0003"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    unclaimed.create_table(op)
    _create_types()
    _create_documents()


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


def _create_documents() -> None:
    op.create_table(
        "loan_documents",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("loan_id", sa.Uuid, sa.ForeignKey("loans.id", name="loan_documents_loan_id_fkey"), nullable=False),
        sa.Column("guarantor_id", sa.Text),
        sa.Column("guarantor_name", sa.Text),
        sa.Column(
            "document_type_id",
            sa.Uuid,
            sa.ForeignKey("document_types.id", name="loan_documents_document_type_id_fkey"),
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
        sa.UniqueConstraint("key", name="loan_documents_key_key"),
    )
    op.create_index(
        "loan_documents_newest_of_loan_idx",
        "loan_documents",
        ["loan_id", "uploaded_at", "id"],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )

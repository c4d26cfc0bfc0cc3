"""What lists of staff are found by, the sign-in history, notes on staff, and open loans."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _make_staff_findable()
    _create_sign_ins()
    _create_notes()
    _create_loans()


def _make_staff_findable() -> None:
    found_by = "lower(coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' || email)"
    op.add_column("user_account", sa.Column("search", sa.Text, sa.Computed(found_by, persisted=True), nullable=False))
    _create_trigram_index("user_account_search_idx", "user_account")
    is_live, is_inactive = sa.text("deleted_at IS NULL"), sa.text("NOT is_active")
    newest = ["created_at", "id"]
    op.create_index("user_account_supervised_idx", "user_account", ["supervisor_id", *newest], postgresql_where=is_live)
    op.create_index("user_account_role_idx", "user_account", ["role", *newest], postgresql_where=is_live)
    op.create_index("user_account_inactive_idx", "user_account", newest, postgresql_where=is_inactive)
    op.drop_index("user_account_supervisor_id_idx", "user_account")


def _create_sign_ins() -> None:
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("user_id", sa.Uuid, sa.ForeignKey("user_account.id", name="sign_in_user_id_fkey"), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ip_address", sa.Text),
        sa.Column("user_agent", sa.Text),
        sa.Column("failure", sa.Text),
    )
    failed = sa.text("failure IS NOT NULL")
    op.create_index("sign_in_happened_at_idx", "sign_in", ["happened_at", "id"])
    op.create_index("sign_in_user_id_idx", "sign_in", ["user_id", "happened_at", "id"])
    op.create_index("sign_in_failed_idx", "sign_in", ["happened_at", "id"], postgresql_where=failed)


def _create_notes() -> None:
    found_by = "lower(title || ' ' || content)"
    subject = sa.ForeignKey("user_account.id", name="user_note_user_id_fkey")
    author = sa.ForeignKey("user_account.id", name="user_note_created_by_fkey")
    op.create_table(
        "user_note",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("user_id", sa.Uuid, subject, nullable=False),
        sa.Column("created_by", sa.Uuid, author, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("is_private", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("search", sa.Text, sa.Computed(found_by, persisted=True), nullable=False),
    )
    op.create_index("user_note_created_at_idx", "user_note", ["created_at", "id"])
    for column in ("user_id", "created_by", "category"):
        op.create_index(f"user_note_{column}_idx", "user_note", [column, "created_at", "id"])
    _create_trigram_index("user_note_search_idx", "user_note")


def _create_loans() -> None:
    op.create_table(
        "loan_of_member",
        sa.Column("loan_id", sa.Uuid, primary_key=True),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    is_open, is_closed = sa.text("is_open"), sa.text("NOT is_open")
    op.create_index("loan_of_member_open_idx", "loan_of_member", ["member_id"], postgresql_where=is_open)
    op.create_index("loan_of_member_closed_idx", "loan_of_member", ["changed_at"], postgresql_where=is_closed)


def _create_trigram_index(name: str, table: str) -> None:
    op.create_index(name, table, ["search"], postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"})

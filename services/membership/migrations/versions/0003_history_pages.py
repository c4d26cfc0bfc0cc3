"""The histories of assignments, newest first."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index("union_assignments_assigned_at_idx", "union_assignments", ["assigned_at", "id"])
    op.create_index("member_reassignments_reassigned_at_idx", "member_reassignments", ["reassigned_at", "id"])

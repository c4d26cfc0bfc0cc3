"""Alembic's entry point for the schema of payments."""

from services.payments.models.collection import closed_days
from services.payments.models.receipts import receipt_prints
from services.payments.models.schedules import loan_schedules
from shared import institution
from shared.backup import tables as backups
from shared.jobs import table as jobs
from shared.migrations import run_env
from shared.storage import unclaimed

# One metadata holds the tables of all modules, once all were read.
run_env(
    *{closed_days.metadata, loan_schedules.metadata, receipt_prints.metadata},
    institution.metadata,
    unclaimed.metadata,
    backups.metadata,
    jobs.metadata,
)

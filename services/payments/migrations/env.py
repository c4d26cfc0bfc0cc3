"""Alembic's entry point for the schema of payments."""

from services.payments.models.collection import closed_days
from shared import institution
from shared.migrations import run_env

# One metadata holds the tables of both modules, once both were read.
run_env(closed_days.metadata, institution.metadata)

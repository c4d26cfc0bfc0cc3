"""Alembic's entry point for the schema of payments."""

from services.payments.collection_models import closed_days
from shared import institution
from shared.migrations import run_env

# One metadata holds the tables of both modules, once both were read.
run_env(closed_days.metadata, institution.metadata)

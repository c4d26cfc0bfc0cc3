"""Alembic's entry point for the schema of payments."""

from services.payments.models import metadata
from shared.migrations import run_env

run_env(metadata)

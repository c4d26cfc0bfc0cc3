"""Alembic's entry point for reporting."""

from services.reporting.models import metadata
from shared import institution
from shared.backup import tables as backups
from shared.migrations import run_env
from shared.storage import unclaimed

run_env(metadata, institution.metadata, unclaimed.metadata, backups.metadata)

"""Alembic's entry point for lending."""

from services.lending.models import Base
from shared import institution
from shared.backup import tables as backups
from shared.jobs import table as jobs
from shared.migrations import run_env
from shared.storage import unclaimed

run_env(Base.metadata, unclaimed.metadata, institution.metadata, backups.metadata, jobs.metadata)

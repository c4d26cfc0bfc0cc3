"""Alembic's entry point for notifications."""

from services.notifications.models import Base
from shared import institution
from shared.backup import tables as backups
from shared.migrations import run_env
from shared.storage import unclaimed

run_env(Base.metadata, institution.metadata, unclaimed.metadata, backups.metadata)

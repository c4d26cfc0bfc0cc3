"""Alembic's entry point for notifications."""

from services.notifications.models import Base
from shared import institution
from shared.migrations import run_env

run_env(Base.metadata, institution.metadata)

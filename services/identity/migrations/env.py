"""Alembic's entry point for identity."""

from services.identity.models import Base
from shared.migrations import run_env
from shared.storage import unclaimed

run_env(Base.metadata, unclaimed.metadata)

"""Alembic's entry point for membership."""

from services.membership.models import Base
from shared.migrations import run_env

run_env(Base.metadata)

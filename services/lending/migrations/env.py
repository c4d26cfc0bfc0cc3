"""Alembic's entry point for lending."""

from services.lending.models import Base
from shared.migrations import run_env

run_env(Base.metadata)

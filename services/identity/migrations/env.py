"""Alembic's entry point for identity."""

from services.identity.models import Base
from shared.backup import tables as backups
from shared.migrations import run_env
from shared.storage import unclaimed

# What mail and reminders were kept in before they were given to notifications; a migration of the next release removes
# these tables, for processes of the release before still write to them during an upgrade.
_GIVEN_AWAY = ("mail", "email_setting", "email_template", "loan_dues", "loan_type_name")

run_env(Base.metadata, unclaimed.metadata, backups.metadata, left_alone=_GIVEN_AWAY)

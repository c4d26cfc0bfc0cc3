"""The tables of this schema: the audit trail and its chain, and the portfolio as events report it.

They are read and written in sets, never object by object, so they are plain tables. `metadata` holds those of all
modules.
"""

from services.reporting.models import (
    backups,
    day_sums,
    facts,
    jobs,
    kept_sums,
    month_ends,
    on_time,
    portfolio,
    restores,
    sessions,
    staff,
    subscriptions,
    trail,
)
from services.reporting.models.base import metadata

__all__ = [
    "backups",
    "day_sums",
    "facts",
    "jobs",
    "kept_sums",
    "metadata",
    "month_ends",
    "on_time",
    "portfolio",
    "restores",
    "sessions",
    "staff",
    "subscriptions",
    "trail",
]

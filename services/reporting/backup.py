"""What reporting puts into a backup."""

from sqlalchemy import JSON, Select, cast

from services.reporting.models import backups, metadata, restores
from services.reporting.models.kept_sums import KEPT_SUMS
from services.reporting.models.sessions import report_sessions
from services.reporting.models.trail import (
    audit_chain,
    audit_counts,
    audit_entries,
    audit_intake,
    audit_links,
    audit_redactions,
)
from shared.backup.contents import Contents, Option, Section, on_the_wire
from shared.institution import metadata as settings

_TRAIL = frozenset(
    table.name for table in (audit_chain, audit_counts, audit_entries, audit_intake, audit_links, audit_redactions)
)


def _entries() -> Select[tuple[object, ...]]:
    entries = on_the_wire(
        audit_entries, "id", "action", "entity_name", "entity_id", "ip_address", "user_agent",
        actorUserId="actor_id", createdAt="occurred_at",
    )  # fmt: skip
    texts = (audit_entries.c.before, audit_entries.c.after, audit_entries.c.metadata)
    return entries.add_columns(*(cast(column, JSON).label(column.name) for column in texts))


CONTENTS = Contents(
    service="reporting",
    metadata=[metadata, settings],
    sections=[
        Section("auditLogs", _entries(), Option.AUDIT_LOGS),
        Section("reportSessions", on_the_wire(report_sessions, *report_sessions.c.keys())),
    ],
    # Records of backups go on whatever is restored, as the trail does; work done aside is of the moment, and its files
    # are in no backup. What the database keeps itself, it makes again.
    left_out=frozenset({"jobs", *(table.name for table in (*backups.TABLES, *restores.TABLES, *KEPT_SUMS))}),
    when_asked={Option.AUDIT_LOGS: _TRAIL},
)

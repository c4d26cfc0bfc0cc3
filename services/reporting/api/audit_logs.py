"""The audit trail, for admins and for supervisors within their team. Nothing here changes it."""

from collections.abc import Collection
from uuid import UUID

from flask import Blueprint, Response
from sqlalchemy import Connection

from services.reporting import shapes
from services.reporting.api.bodies import AuditFilters
from services.reporting.domain.actions import actions_named, entity_named
from services.reporting.queries import trail
from services.reporting.queries.staff import team_ids
from services.reporting.queries.trail import EntryFilters
from shared.context import Role
from shared.errors import NotFound
from shared.web.auth import current_actor, requires
from shared.web.envelope import MAX_LIMIT, page_request, success
from shared.web.schema import documented, load_query
from shared.web.transactions import reading

audit_logs = Blueprint("audit_logs", __name__, url_prefix="/audit-logs")


class AuditLogNotFound(NotFound):
    """No such entry, or one about somebody else's team."""


@audit_logs.get("")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "List audit entries", name="list_audit_entries", query=AuditFilters, answer=shapes.AuditEntry, many=True, paged=True
)
def get_audit_logs() -> Response:
    """Who did what, the newest first: an admin sees everything, a supervisor what they and their officers did. 20 to a
    page unless `limit` says otherwise. Nobody can change an entry."""
    filters, page = load_query(AuditFilters), page_request(unpaged=False)
    with reading() as connection:
        if "action" in filters:
            filters["actions"] = actions_named(filters.pop("action"), trail.actions(connection))
        chosen = EntryFilters(scope=_scope(connection), **filters)
        entries, total = trail.find(connection, chosen, limit=page.limit, offset=page.offset)
    shown = [shapes.AuditEntry.of(row) for row in entries]
    return success(shown, "Audit logs retrieved successfully", page=page.of(total))


@audit_logs.get("/<uuid:entry_id>")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Show an audit entry", name="get_audit_entry", answer=shapes.AuditEntry)
def get_audit_log(entry_id: UUID) -> Response:
    """One entry, with the record before and after the change."""
    with reading() as connection:
        row = trail.entry(connection, entry_id, _scope(connection))
    if row is None:
        raise AuditLogNotFound("Audit log not found")
    return success(shapes.AuditEntry.of(row), "Audit log retrieved successfully")


@audit_logs.get("/entity/<entity_name>/<entity_id>")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "List the newest audit entries about one thing",
    name="list_audit_entries_of_entity",
    answer=shapes.AuditEntry,
    many=True,
)
def get_entity_audit_logs(entity_name: str, entity_id: str) -> Response:
    """Up to 1000 entries about one thing, the newest first. For what is out of scope the list is empty."""
    with reading() as connection:
        chosen = EntryFilters(_scope(connection), entity_name=entity_named(entity_name), entity_id=entity_id)
        entries, _ = trail.find(connection, chosen, limit=MAX_LIMIT, offset=0)
    return success([shapes.AuditEntry.of(row) for row in entries], "Entity audit logs retrieved successfully")


def _scope(connection: Connection) -> Collection[UUID] | None:
    """Whose entries the actor may see: a supervisor their own and those of their team, an admin everybody's."""
    actor = current_actor()
    return None if actor.role is Role.ADMIN else team_ids(connection, actor.id)

"""The audit trail, for admins and for supervisors within their team. Nothing here changes it."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, Response, current_app

from services.reporting.api.bodies import AuditExportQuery, AuditQuery, VerificationQuery
from services.reporting.domain.actions import entity_named
from services.reporting.queries import trail
from services.reporting.shapes.audit import AuditEntry, Verification
from services.reporting.usecases.trail_search import entry_filters, trail_table
from services.reporting.usecases.verification import read_verification
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.errors import NotFound
from shared.web.auth import current_actor, requires
from shared.web.calendar import company_zone
from shared.web.envelope import MAX_LIMIT, page_request, success
from shared.web.exports import EXPORT_MEDIA_TYPES, audit_export, download
from shared.web.schema import documented, load_query
from shared.web.transactions import reading, snapshot, transactional

audit_logs = Blueprint("audit_logs", __name__, url_prefix="/audit-logs")


class AuditLogNotFound(NotFound):
    """No such entry, or one about somebody else's team."""


@audit_logs.get("")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("List audit entries", name="list_audit_entries", query=AuditQuery, answer=AuditEntry, many=True, paged=True)
def get_audit_logs() -> Response:
    """Who did what, the newest first unless `order` says otherwise: an admin sees everything, a supervisor what they
    and their officers did. 20 to a page unless `limit` says otherwise. Nobody can change an entry."""
    filters, page = load_query(AuditQuery), page_request(unpaged=False)
    order = filters.pop("order")
    with reading() as connection:
        chosen = entry_filters(connection, current_actor(), filters)
        entries, total = trail.find(connection, chosen, limit=page.limit, offset=page.offset, order=order)
    shown = [AuditEntry.of(row) for row in entries]
    return success(shown, "Audit logs retrieved successfully", page=page.of(total))


@audit_logs.get("/export")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "Export audit entries",
    name="export_audit_entries",
    query=AuditExportQuery,
    enveloped=False,
    media_type=EXPORT_MEDIA_TYPES[0],
    other_media_types=EXPORT_MEDIA_TYPES[1:],
)
@transactional
def get_audit_export(uow: UnitOfWork) -> Response:
    """All entries that the filters of the list leave, as a file; on paper without the records before and after. More
    than a file made at once may have are made by a job."""
    filters = load_query(AuditExportQuery)
    file_format = filters.pop("format")
    with snapshot() as connection:
        chosen = entry_filters(connection, current_actor(), filters)
        table = trail_table(connection, chosen, file_format, at=now(), zone=company_zone())
        rows, answer = download(table, file_format, "audit-trail", job="/reports/jobs")
    audit_export(uow, action="AUDIT_LOGS_EXPORTED", entity_name="AuditTrail", count=rows)
    return answer


@audit_logs.get("/verify")
@requires(Role.ADMIN)
@documented("Verify the audit trail", name="verify_audit_trail", query=VerificationQuery, answer=Verification)
@transactional
def get_verification(uow: UnitOfWork) -> Response:
    """Whether every entry is what was written: the chain held against itself and against its anchors, as the last
    verification found it. A worker verifies in the background; a new verification begins when the last is older than a
    day, or when `fresh` is asked for, and one at a time."""
    settings, fresh = current_app.extensions["mp"].settings, load_query(VerificationQuery)["fresh"]
    older_than = timedelta(hours=settings.audit_verify_hours)
    found = read_verification(uow, now(), older_than=older_than, fresh=fresh)
    return success(Verification.of(found), "Audit trail verification retrieved successfully")


@audit_logs.get("/<uuid:entry_id>")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Show an audit entry", name="get_audit_entry", answer=AuditEntry)
def get_audit_log(entry_id: UUID) -> Response:
    """One entry, with the record before and after the change."""
    with reading() as connection:
        row = trail.entry(connection, entry_id, entry_filters(connection, current_actor(), {}).scope)
    if row is None:
        raise AuditLogNotFound("Audit log not found")
    return success(AuditEntry.of(row), "Audit log retrieved successfully")


@audit_logs.get("/entity/<entity_name>/<entity_id>")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "List the newest audit entries about one thing",
    name="list_audit_entries_of_entity",
    answer=AuditEntry,
    many=True,
)
def get_entity_audit_logs(entity_name: str, entity_id: str) -> Response:
    """Up to 1000 entries about one thing, the newest first. For what is out of scope the list is empty."""
    with reading() as connection:
        about = {"entity_name": entity_named(entity_name), "entity_id": entity_id}
        chosen = entry_filters(connection, current_actor(), about)
        entries, _ = trail.find(connection, chosen, limit=MAX_LIMIT, offset=0)
    return success([AuditEntry.of(row) for row in entries], "Entity audit logs retrieved successfully")

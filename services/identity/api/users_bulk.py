"""Accounts of staff, many at a time: bulk operations, export and import."""

from collections.abc import Sequence

from flask import Blueprint, Response

from services.identity import shapes
from services.identity.api.bodies.staff import BulkBody, ExportQuery, FileFields, ImportBody, ImportQuery
from services.identity.api.dependencies import dependencies
from services.identity.api.staff_files import exported, imported_rows
from services.identity.domain.staff import ImportOutcome
from services.identity.queries import accounts
from services.identity.queries.institution import current_settings
from services.identity.usecases.staff import do_to_all
from services.identity.usecases.staff_import import ImportRow, counted, import_staff, with_hashes
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.institution import letterhead_of
from shared.web.auth import current_actor, requires
from shared.web.envelope import success
from shared.web.exports import EXPORT_MEDIA_TYPES, audit_export, held_rows
from shared.web.schema import FilePart, documented, load, load_query
from shared.web.transactions import idempotent, reading, streaming, transactional

users_bulk = Blueprint("users_bulk", __name__, url_prefix="/users")


@users_bulk.post("/bulk-operation")
@requires(Role.ADMIN, as_oneself=True)
@documented("Do the same to many accounts, or to none", name="change_users", body=BulkBody, answer=shapes.Bulk)
@idempotent
def post_bulk_operation(uow: UnitOfWork) -> Response:
    """Do the same to up to 500 accounts in one transaction: all of them change, or none does.

    `assignBranch` gives one union to one credit officer.
    """
    body = load(BulkBody)
    user_ids, operation = list(dict.fromkeys(body["user_ids"])), body["operation"]
    role = (body["data"] or {}).get("role")
    affected = do_to_all(uow, by=current_actor(), user_ids=user_ids, operation=operation, role=role, at=now())
    message = f"{affected} of {len(user_ids)} users changed"
    data = shapes.Bulk.of(operation=operation, requested=len(user_ids), affected=affected, message=message)
    return success(data, message)


@users_bulk.get("/export")
@requires(Role.ADMIN)
@documented(
    "Export staff",
    name="export_users",
    query=ExportQuery,
    answer=shapes.ExportedUser,
    many=True,
    other_media_types=EXPORT_MEDIA_TYPES,
)
@transactional
def export_users(uow: UnitOfWork) -> Response:
    """All accounts that the filters leave, as CSV, XLSX or PDF, or as JSON, where more than 10,000 are refused. The CSV
    can be imported again."""
    filters, actor = load_query(ExportQuery), current_actor()
    if filters["format"] == "json":
        with reading() as connection:
            rows = held_rows(lambda most: accounts.user_rows_in(connection, actor, filters, limit=most))
        count = len(rows)
        answer = success([shapes.ExportedUser.of(row) for row in rows], "Users exported successfully")
    else:
        with streaming() as connection:
            every = accounts.every_user_row(connection, actor, filters)
            settings = shapes.PublishedSettings.of(current_settings(connection))
            count, answer = exported(every, filters["format"], letterhead_of(settings))
    audit_export(uow, action="USERS_EXPORTED", entity_name="User", count=count)
    return answer


@users_bulk.post("/import")
@requires(Role.ADMIN, as_oneself=True)
@documented(
    "Take in or change many members of staff, with a verdict for each row",
    name="import_users",
    query=ImportQuery,
    body=ImportBody,
    form=FileFields,
    files={"file": FilePart("CSV or JSON in UTF-8, at most 5 MB, with 1 to 500 rows.")},
    answer=shapes.Import,
)
def post_import() -> Response:
    """Take in or change up to 500 accounts, by JSON or a file of CSV or JSON, told apart by `email`. Every row gets a
    verdict of its own; a faulty one does not hold up the others.

    `dryRun` says what would happen and writes nothing.
    """
    is_rehearsal = load_query(ImportQuery)["is_rehearsal"]
    rows = with_hashes(reading, dependencies().hashes, imported_rows(), is_rehearsal=is_rehearsal)
    # A rehearsal is no command: its answer must not be given again to the import that follows with the same key.
    run = transactional(_import) if is_rehearsal else idempotent(_import)
    return run(rows=rows, is_rehearsal=is_rehearsal)


def _import(uow: UnitOfWork, rows: Sequence[ImportRow], is_rehearsal: bool) -> Response:
    verdicts = import_staff(
        uow,
        by=current_actor(),
        rows=rows,
        login_url=dependencies().frontend_url,
        is_rehearsal=is_rehearsal,
        at=now(),
    )
    message = "Nothing was written: this was a rehearsal" if is_rehearsal else "Users imported"
    faults = [verdict for verdict in verdicts if verdict.outcome is ImportOutcome.FAILED]
    counts = counted(verdicts)
    data = shapes.Import.of(counts=counts, faults=faults, verdicts=verdicts, is_rehearsal=is_rehearsal)
    return success(data, message)

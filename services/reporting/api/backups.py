"""Backups: made, listed, downloaded, deleted, and made by themselves. All of it is for admins."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, request

from services.reporting.api.bodies import BackupBody, BackupFormatQuery, BackupScheduleBody
from services.reporting.domain.backups import BackupKind, Location, Schedule
from services.reporting.queries import backups as records
from services.reporting.settings import Settings
from services.reporting.shapes.backups import BackupBegun, BackupRecord, BackupSchedule
from services.reporting.steps.backup_keys import kept_public_keys, private_keys
from services.reporting.usecases.backup_download import Download
from services.reporting.usecases.backups import (
    LISTED,
    NoCloud,
    begin_backup,
    change_schedule,
    delete_backup,
    note_download,
    show_schedule,
    whole_backup,
)
from shared.backup.part import PartDamaged
from shared.backup.sealing import BadKey, WrongKey
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.errors import Conflict, RuleViolated
from shared.institution import all_settings
from shared.storage.downloads import disposition
from shared.web.auth import current_actor, requires
from shared.web.calendar import company_zone
from shared.web.envelope import success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, in_transaction, reading, transactional

backups = Blueprint("backups", __name__, url_prefix="/backup")

KEY_HEADER = "X-Backup-Key"
_MEDIA_TYPES = {"json": "application/json", "csv": "application/zip", "sealed": "application/x-tar"}
_ENDINGS = {"json": ".json", "csv": ".zip", "sealed": ".tar"}


class BackupKeyNeeded(Conflict):
    """The backup is sealed to public keys whose private halves are kept elsewhere; one has to be given."""


class BackupKeyWrong(RuleViolated):
    """The key that was given is none of age, or does not open this backup."""


class BackupDamaged(Conflict):
    """The files of the backup are not what was written."""


@backups.post("/create")
@requires(Role.ADMIN)
@documented("Make a backup", name="create_backup", body=BackupBody, optional_body=True, answer=BackupBegun, status=201)
@idempotent
def post_backup(uow: UnitOfWork) -> Response:
    """Have a backup of everything made, as of one moment. It is made aside: the list tells when it is done, or why it
    failed."""
    body = load(BackupBody, optional=True)
    _check_place(body["location"])
    backup = begin_backup(uow, kind=BackupKind.MANUAL, at=now(), by=current_actor().id, **body)
    return success(BackupBegun.of(backup), "The backup is being made", status=201)


@backups.get("/list")
@requires(Role.ADMIN)
@documented("List backups", name="list_backups", answer=BackupRecord, many=True)
def get_backups() -> Response:
    """The fifty newest, those that failed included. Which of them the platform cannot open by itself, `needsOwnKey`
    says."""
    settings: Settings = current_app.extensions["mp"].settings
    with reading() as connection:
        found = records.newest(connection, LISTED)
        kept = kept_public_keys(connection, settings.internal_secret)
    return success([BackupRecord.of(backup, kept=kept) for backup in found], "Backups retrieved successfully")


@backups.get("/download/<uuid:backup_id>")
@requires(Role.ADMIN)
@documented(
    "Download a backup",
    name="download_backup",
    query=BackupFormatQuery,
    enveloped=False,
    media_type=_MEDIA_TYPES["json"],
    other_media_types=(_MEDIA_TYPES["csv"], _MEDIA_TYPES["sealed"]),
)
def get_download(backup_id: UUID) -> Response:
    """The backup as one JSON file, as a zip of tables (`format=csv`), or as it is kept (`format=sealed`: an archive of
    files that `age -d` opens). One that is sealed to keys of yours needs the private key in the header `X-Backup-Key`,
    but for `sealed`; it is not kept."""
    asked = load_query(BackupFormatQuery)["format"]
    download, form = in_transaction(lambda uow: _download(uow, backup_id, asked))
    if form != "sealed":
        _check(download)
    headers = {
        "Content-Disposition": disposition("attachment", _file_name(download, form)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    pieces: Iterator[bytes] = {"json": download.json, "csv": download.csv, "sealed": download.sealed}[form]()
    return Response(pieces, mimetype=_MEDIA_TYPES[form], headers=headers)


@backups.delete("/<uuid:backup_id>")
@requires(Role.ADMIN)
@documented("Delete a backup", name="delete_backup")
@transactional
def remove_backup(uow: UnitOfWork, backup_id: UUID) -> Response:
    """The record and its files; one that is being made ends."""
    delete_backup(uow, backup_id)
    return success(None, "Backup deleted successfully")


@backups.get("/schedule")
@requires(Role.ADMIN)
@documented("Show when backups are made", name="get_backup_schedule", answer=BackupSchedule)
def get_schedule() -> Response:
    """When backups are made by themselves, where they are kept, and for how many days."""
    with reading() as connection:
        schedule = show_schedule(connection, now())
    return success(_shown(schedule), "Backup schedule retrieved successfully")


@backups.put("/schedule")
@requires(Role.ADMIN)
@documented(
    "Change when backups are made", name="update_backup_schedule", body=BackupScheduleBody, answer=BackupSchedule
)
@transactional
def put_schedule(uow: UnitOfWork) -> Response:
    """What is left out stays. Backups are made at the full hour, at midnight, at midnight before Sunday, or before the
    first of the month, in the institution's time zone. Those made by themselves are kept for so many days, and the
    newest that is whole in any case."""
    changes = load(BackupScheduleBody)
    if "location" in changes:
        _check_place(changes["location"])
    schedule = change_schedule(uow, changes, at=now(), zone=company_zone())
    return success(_shown(schedule), "Backup schedule updated successfully")


def _shown(schedule: Schedule) -> dict[str, Any]:
    return BackupSchedule.of(schedule, reset_allowed=current_app.extensions["mp"].settings.allow_reset)


def _download(uow: UnitOfWork, backup_id: UUID, asked: str | None) -> tuple[Download, str]:
    """What is sent, and as what. Raises BackupNotFound, BackupNotReady, BackupKeyNeeded."""
    settings: Settings = current_app.extensions["mp"].settings
    connection = uow.connection
    backup = whole_backup(connection, backup_id)
    form = asked or backup.format.value
    given = request.headers.get(KEY_HEADER)
    keys = [given] if given else private_keys(connection, backup.public_keys, settings.internal_secret)
    if not keys and form != "sealed":
        raise BackupKeyNeeded(f"This backup opens with your own private key only: give it in {KEY_HEADER}.")
    note_download(uow, backup, form)
    system = str(all_settings(connection).get("systemVersion") or "1.0.0")
    parts = records.parts(connection, backup.id)
    return Download(settings=settings, backup=backup, parts=parts, private_keys=keys, system=system), form


def _check(download: Download) -> None:
    """Nothing is sent of what cannot be opened. Raises BackupKeyWrong, BackupDamaged, FileMissing."""
    try:
        download.check()
    except (BadKey, WrongKey) as error:
        raise BackupKeyWrong(str(error)) from error
    except PartDamaged as error:
        raise BackupDamaged(str(error)) from error


def _check_place(location: Location) -> None:
    if "cloud" in location.places and not current_app.extensions["mp"].settings.cloudinary_url:
        raise NoCloud("There is no account at a cloud (CLOUDINARY_URL): please keep backups locally.")


def _file_name(download: Download, form: str) -> str:
    return download.backup.filename.removesuffix(".json") + _ENDINGS[form]

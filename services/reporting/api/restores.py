"""Restores: of a backup that is kept here, of a file that somebody brings, and the reset of everything. For admins."""

import time
from collections.abc import Sequence
from uuid import UUID

import msgspec
from flask import Blueprint, Response, current_app, request
from sqlalchemy import Connection

from services.reporting.api.bodies import ResetBody, RestoreBackupBody
from services.reporting.domain.restores import Emptied, Restore, RestoreKind, RestoreState
from services.reporting.queries import backups
from services.reporting.queries import restores as records
from services.reporting.settings import Settings
from services.reporting.shapes.restores import ResetBegun, RestoreRecord
from services.reporting.steps.backup_keys import private_keys
from services.reporting.steps.replaced_files import bring_file
from services.reporting.steps.restore_files import NoBackupFile
from services.reporting.steps.restore_keys import sealed
from services.reporting.usecases.backups import whole_backup
from services.reporting.usecases.restores import LISTED, begin_restore, find_restore
from shared.clock import now
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.errors import Conflict, Forbidden, RuleViolated
from shared.shapes import Json
from shared.takeover.leftovers import read_leftovers
from shared.web.auth import current_actor, requires
from shared.web.envelope import success
from shared.web.schema import NO_BODY, BodyMissing, documented, load
from shared.web.transactions import in_transaction, reading

restores = Blueprint("restores", __name__, url_prefix="/backup")

MAX_FILE_BYTES = 100 * 1024 * 1024
KEY_HEADER = "X-Backup-Key"
TYPED = "DELETE"
# For so long the answer waits for a small one to be over.
WAIT_SECONDS, POLL_SECONDS = 20.0, 0.2
_SIGN_IN_AGAIN = "Everything has been restored. Please sign in again."
_UNDER_WAY = "Everything is being restored. You will have to sign in again when that is done."


class RestoreKeyNeeded(Conflict):
    """The backup is sealed to public keys whose private halves are kept elsewhere; one has to be given."""


class RestoreFailed(Conflict):
    """Nothing was restored, and nothing is changed; the message says why."""


class ResetDisabled(Forbidden):
    """This installation is not to be emptied: its settings do not allow it."""


class ResetNotConfirmed(RuleViolated):
    """Whoever empties everything has to type DELETE."""


class _Asked(msgspec.Struct):
    """A file, or the id of a backup that is kept here. `leaveOut` agrees to what a file has no place for."""

    backupData: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    backupId: UUID | msgspec.UnsetType = msgspec.UNSET
    leaveOut: bool = False


@restores.post("/restore")
@requires(Role.ADMIN)
@documented(
    "Restore a backup",
    name="restore_backup",
    body=RestoreBackupBody,
    statuses=(202,),
)
def post_restore() -> Response:
    """Put everything back to how it is in a file that was downloaded (`backupData`, up to 100 MB), or in a backup that
    is kept here (`backupId`). It is checked first, a safety backup is made, and nobody but admins comes in meanwhile;
    then all is replaced, and everybody has to sign in again. 200 when it is done; 202 while it lasts, with where to
    look for how far it is (`Location`). The trail of what was done goes on, and no number of a loan or member is given
    again. A backup that is sealed to keys of yours needs the private key in the header `X-Backup-Key`, which is not
    kept. A file of the replaced system is taken over: what of it has no place here is refused by count and reason,
    until `leaveOut` agrees to it."""
    request.max_content_length = MAX_FILE_BYTES
    asked, actor = _asked(request.get_data(cache=False)), current_actor()
    if isinstance(asked.backupId, UUID):
        backup_id = asked.backupId
        begun = in_transaction(lambda uow: _of_backup(uow, backup_id, actor))
    elif isinstance(asked.backupData, msgspec.Raw):
        begun = _of_file(asked.backupData, actor, leaves_out=asked.leaveOut)
    else:
        raise NoBackupFile("Please give a backup file as backupData, or the backupId of a backup that is kept here.")
    return _answer(begun)


@restores.get("/restores")
@requires(Role.ADMIN)
@documented("List restores", name="list_restores", answer=RestoreRecord, many=True)
def get_restores() -> Response:
    """The fifty newest, with how far they are and why they failed if they did."""
    with reading() as connection:
        shown = _shown(connection, records.newest(connection, LISTED))
    return success(shown, "Restores retrieved successfully")


@restores.get("/restores/<uuid:restore_id>")
@requires(Role.ADMIN)
@documented("Show a restore", name="get_restore", answer=RestoreRecord)
def get_restore(restore_id: UUID) -> Response:
    """How far it is, and why it failed if it did."""
    with reading() as connection:
        [shown] = _shown(connection, [find_restore(connection, restore_id)])
    return success(shown, "Restore retrieved successfully")


@restores.post("/reset")
@requires(Role.ADMIN)
@documented("Empty the platform", name="reset_platform", body=ResetBody, answer=ResetBegun, statuses=(202,))
def post_reset() -> Response:
    """Remove everything but your own account and the trail of what was done, after a safety backup. It has to be
    allowed by the settings of the installation, and confirmed by typing DELETE. 200 when it is done; 202 while it
    lasts, with where to look for how far it is (`Location`)."""
    typed = load(ResetBody)["confirmation_token"]
    if not _settings().allow_reset:
        raise ResetDisabled("The reset is switched off in this installation (REPORTING_ALLOW_RESET).")
    if typed != TYPED:
        raise ResetNotConfirmed(f"Please type {TYPED} to confirm.", field="confirmationToken")
    actor = current_actor()

    def work(uow: UnitOfWork) -> Restore:
        keys = sealed([], _settings().internal_secret)
        return begin_restore(
            uow, kind=RestoreKind.RESET, source="nothing", parts=[], sealed_keys=keys, at=now(), by=actor
        )

    restore = _awaited(in_transaction(work))
    message = _message(restore, "Everything has been removed. Please sign in again.")
    data = ResetBegun.of(Emptied(message, actor.email))
    return _located(success(data, message, status=_status(restore)), restore)


def _shown(connection: Connection, found: Sequence[Restore]) -> list[Json]:
    """Restores with what of a file was in the way of each."""
    refusals = records.refusals(connection, [restore.id for restore in found if restore.state is RestoreState.FAILED])
    return [
        RestoreRecord.of(
            restore, leftovers=[one for reason in refusals.get(restore.id, ()) for one in read_leftovers(reason)]
        )
        for restore in found
    ]


def _asked(body: bytes) -> _Asked:
    if not body:
        raise BodyMissing(NO_BODY)
    try:
        return msgspec.json.decode(body, type=_Asked)
    except msgspec.ValidationError as error:
        raise NoBackupFile(f"This is no request for a restore: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NoBackupFile("The file is damaged, or was cut off: it is no whole JSON.") from error


def _of_backup(uow: UnitOfWork, backup_id: UUID, actor: Actor) -> Restore:
    settings, connection = _settings(), uow.connection
    backup = whole_backup(connection, backup_id)
    given = request.headers.get(KEY_HEADER)
    keys = [given] if given else private_keys(connection, backup.public_keys, settings.internal_secret)
    if not keys:
        raise RestoreKeyNeeded(f"This backup opens with your own private key only: give it in {KEY_HEADER}.")
    parts = [
        {"service": part.service, "sha256": part.sha256, **dict((part.copies or ())[0])}
        for part in backups.parts(connection, backup.id)
    ]
    return begin_restore(
        uow,
        kind=RestoreKind.BACKUP,
        source=backup.filename,
        parts=parts,
        sealed_keys=sealed(keys, settings.internal_secret),
        at=now(),
        by=actor,
        backup_id=backup.id,
        cut_at=backup.cut_at,
    )


def _of_file(content: msgspec.Raw, actor: Actor, *, leaves_out: bool) -> Restore:
    settings = _settings()
    brought = bring_file(settings, bytes(content), leaves_out=leaves_out)

    def work(uow: UnitOfWork) -> Restore:
        return begin_restore(
            uow,
            kind=RestoreKind.FILE,
            source=f"a file of {brought.cut_at:%Y-%m-%d %H:%M} UTC" if brought.cut_at else "a file",
            parts=brought.parts,
            sealed_keys=sealed(brought.private_keys, settings.internal_secret),
            at=now(),
            by=actor,
            cut_at=brought.cut_at,
        )

    return in_transaction(work)


def _answer(begun: Restore) -> Response:
    restore = _awaited(begun)
    return _located(success(None, _message(restore, _SIGN_IN_AGAIN), status=_status(restore)), restore)


def _located(answer: Response, restore: Restore) -> Response:
    answer.headers["Location"] = f"/api/backup/restores/{restore.id}"
    return answer


def _awaited(restore: Restore) -> Restore:
    """The restore when it is over, or as far as it is. Raises RestoreFailed."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        with reading() as connection:
            restore = find_restore(connection, restore.id)
        if restore.state is RestoreState.FAILED:
            raise RestoreFailed(f"Nothing was restored: {restore.error}")
        if restore.state is RestoreState.DONE:
            break
        time.sleep(POLL_SECONDS)  # the worker goes on with it by rows of the database, which wake nobody up
    return restore


def _status(restore: Restore) -> int:
    return 200 if restore.state is RestoreState.DONE else 202


def _message(restore: Restore, done: str) -> str:
    return done if restore.state is RestoreState.DONE else _UNDER_WAY


def _settings() -> Settings:
    settings: Settings = current_app.extensions["mp"].settings
    return settings

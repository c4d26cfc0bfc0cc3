"""Backups as a worker of reporting makes them: by one at a time, whole or with a reason, on time, kept as long as
said."""

import gzip
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pyrage
import pytest
from sqlalchemy import select, text, update

from services.reporting.backup import CONTENTS
from services.reporting.commands import backups as command
from services.reporting.commands.backups import Backups
from services.reporting.consumers import handlers
from services.reporting.domain.backups import Backup, BackupKind, BackupState, Frequency, Location
from services.reporting.models.backups import backup_leftovers, backups
from services.reporting.queries import backups as records
from services.reporting.usecases.backups import begin_backup, begin_due_backup, change_schedule, forget_expired
from services.reporting.worker import BACKED_UP, BACKUP_FAILED, BACKUP_INTERVAL
from shared.backup.events import Failed, Written
from shared.backup.participant import Participant
from shared.backup.sealing import make_key_pair
from shared.context import NOBODY
from shared.db import Sessions, UnitOfWork, run_transaction
from shared.messaging.delivery import deliver
from shared.messaging.events import Envelope
from shared.messaging.outbox import outbox
from shared.testing import eventually

NOON = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)
LAGOS = ZoneInfo("Africa/Lagos")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reporting is the only service here; those of all are in tests/e2e."""
    monkeypatch.setattr(command, "SERVICES", ("reporting",))


@pytest.fixture(autouse=True)
def empty_storage(settings) -> None:
    shutil.rmtree(Path(settings.storage_folder) / "reporting" / "backups", ignore_errors=True)


@pytest.fixture
def bus(sessions: Sessions) -> Callable[[], contextmanager]:
    """Bring what reporting publishes to itself, as its consumer does, while the block runs."""

    @contextmanager
    def running() -> Iterator[None]:
        over, brought = threading.Event(), 0

        def bring() -> None:
            nonlocal brought
            while not over.wait(0.02):
                with sessions() as session:
                    query = select(outbox.c.seq, outbox.c.body).where(outbox.c.seq > brought).order_by(outbox.c.seq)
                    rows = session.execute(query).all()
                for seq, body in rows:
                    envelope = Envelope.from_json(body)
                    if envelope.type in handlers.event_types:
                        deliver(sessions, handlers, [envelope])
                    brought = seq

        thread = threading.Thread(target=bring)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    return running


@pytest.fixture
def writing(sessions: Sessions, settings) -> Callable[..., contextmanager]:
    """A worker that writes parts, while the block runs."""

    @contextmanager
    def running(participant: Participant | None = None) -> Iterator[None]:
        over, writer = threading.Event(), participant or Participant(CONTENTS, settings)

        def write() -> None:
            while not over.wait(0.02):
                writer.write_parts(sessions)

        thread = threading.Thread(target=write)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    return running


def in_transaction(sessions: Sessions, work: Callable[[UnitOfWork], Any]) -> Any:
    return run_transaction(sessions, "reporting", work)[0]


def begun(sessions: Sessions, kind: BackupKind = BackupKind.MANUAL, at: datetime = NOON, **more: Any) -> Backup:
    more = {"location": Location.LOCAL} | more
    return in_transaction(sessions, lambda uow: begin_backup(uow, kind=kind, at=at, **more))


def found(sessions: Sessions, backup_id: UUID) -> Backup:
    with sessions() as session:
        backup = records.find(session.connection(), backup_id)
    assert backup is not None
    return backup


def reading(sessions: Sessions, one: Any) -> float:
    with sessions() as session:
        return float(session.execute(text(one.query)).scalar_one())


def made(sessions: Sessions, settings, bus, writing, **more: Any) -> Backup:
    backup = begun(sessions, **more)
    with bus(), writing():
        assert Backups(settings).make_backups(sessions) == 1
    return found(sessions, backup.id)


def files_of(settings) -> list[Path]:
    return [path for path in Path(settings.storage_folder).glob("reporting/backups/*/*") if path.is_file()]


def test_a_backup_is_whole_when_every_part_is_there(sessions, settings, bus, writing):
    assert reading(sessions, BACKED_UP) == -1
    backup = made(sessions, settings, bus, writing)
    assert (backup.state, backup.error, backup.attempt) == (BackupState.COMPLETED, None, 1)
    assert backup.record_counts == {"reportSessions": 0}
    assert backup.size > 0
    assert 0 <= reading(sessions, BACKED_UP) < 60
    assert reading(sessions, BACKUP_FAILED) == 0


def test_keys_of_others_have_to_be_given_to_download(sessions, settings, bus, writing, client, admin):
    public, private = make_key_pair()
    backup = made(sessions, replace(settings, backup_recipients=(public,)), bus, writing)
    assert backup.public_keys == [public]
    path = f"/backup/download/{backup.id}"
    assert client.get(path, headers=admin.headers).json["code"] == "backup-key-needed"
    for wrong in ("x", make_key_pair()[1]):
        answer = client.get(path, headers=admin.headers | {"X-Backup-Key": wrong})
        assert (answer.status_code, answer.json["code"]) == (400, "backup-key-wrong")
    answer = client.get(path, headers=admin.headers | {"X-Backup-Key": private})
    assert answer.json["metadata"]["backupId"] == str(backup.id)
    # Who has the key can do without the platform.
    (part,) = files_of(settings)
    plain = pyrage.decrypt(part.read_bytes(), [pyrage.x25519.Identity.from_str(private)])
    assert gzip.decompress(plain).startswith(b'{"service":"reporting"')


def test_which_backups_need_a_key_is_said_before_they_are_opened(sessions, settings, bus, writing, client, admin):
    public, _ = make_key_pair()
    sealed = made(sessions, replace(settings, backup_recipients=(public,)), bus, writing)
    opened = made(sessions, settings, bus, writing)
    listed = client.get("/backup/list", headers=admin.headers).json["data"]
    assert {one["id"]: one["needsOwnKey"] for one in listed} == {str(sealed.id): True, str(opened.id): False}


def test_the_private_key_of_the_platform_is_in_no_row(sessions, settings, bus, writing):
    made(sessions, settings, bus, writing)
    with sessions() as session:
        rows = session.execute(text("SELECT row_to_json(backup_keys)::text FROM backup_keys")).scalars().all()
    assert len(rows) == 1
    assert "AGE-SECRET-KEY" not in rows[0]


@pytest.mark.parametrize("harm", ["changed", "cut off", "exchanged", "gone"])
def test_files_that_are_not_what_was_written_are_not_downloaded(sessions, settings, bus, writing, client, admin, harm):
    backup = made(sessions, settings, bus, writing)
    (file,) = files_of(settings)
    content = file.read_bytes()
    if harm == "gone":
        file.unlink()
    elif harm == "exchanged":
        made(sessions, settings, bus, writing)
        (other,) = set(files_of(settings)) - {file}
        file.write_bytes(other.read_bytes())
    else:
        file.write_bytes(content[:-20] if harm == "cut off" else content[:-9] + b"x" + content[-8:])
    answer = client.get(f"/backup/download/{backup.id}", headers=admin.headers)
    assert (answer.status_code, answer.json["success"]) == ((404 if harm == "gone" else 409), False)


def test_a_part_that_cannot_be_written_fails_the_backup_and_says_why(sessions, settings, bus, writing):
    folder = Path(settings.storage_folder) / "elsewhere"
    folder.mkdir()
    (folder / "reporting").write_text("in the way")
    backup = begun(sessions)
    with bus(), writing(Participant(CONTENTS, replace(settings, storage_folder=str(folder)))):
        Backups(settings).make_backups(sessions)
    failed = found(sessions, backup.id)
    assert failed.state is BackupState.FAILED
    assert "reporting: A file could not be kept" in failed.error
    assert reading(sessions, BACKUP_FAILED) == 1


def test_a_service_without_a_sign_of_life_fails_the_backup(sessions, settings, bus):
    backup = begun(sessions)
    with bus():
        Backups(replace(settings, backup_patience_seconds=0.5)).make_backups(sessions)
    assert found(sessions, backup.id).error == "No sign of life for 0.5 seconds from: reporting."


def test_who_holds_the_moment_and_is_killed_is_followed_by_one_who_begins_anew(sessions, settings, bus, writing):
    backup = begun(sessions)
    with sessions.begin() as session:
        records.take(session.connection())
    assert Backups(settings).make_backups(sessions) == 0
    expire_leases(sessions)
    with bus(), writing():
        Backups(settings).make_backups(sessions)
    whole = found(sessions, backup.id)
    assert (whole.state, whole.tries) == (BackupState.COMPLETED, 2)


def test_a_backup_that_ends_its_worker_each_time_fails(sessions, settings):
    backup = begun(sessions)
    for _ in range(3):
        with sessions.begin() as session:
            assert records.take(session.connection()) is not None
        expire_leases(sessions)
    Backups(settings).begin_due(sessions)
    assert found(sessions, backup.id).error == command.LOST


def test_of_several_workers_one_makes_a_backup(sessions, settings, bus, writing):
    backup = begun(sessions)
    with bus(), writing(), ThreadPoolExecutor(3) as threads:
        assert sum(threads.map(lambda _: Backups(settings).make_backups(sessions), range(3))) == 1
    assert found(sessions, backup.id).attempt == 1


def test_a_part_of_an_earlier_attempt_is_nobodys(sessions, settings, bus, writing):
    backup = made(sessions, settings, bus, writing)
    copy = {"place": "local", "keys": ["backups/" + "0" * 32]}
    late = Written(backup.id, 1, backup.id, 1, NOON, "0015", 0, 1, "0" * 64, [copy], [])
    deliver(sessions, handlers, [said(late, "written")])
    with sessions() as session:
        assert session.scalars(select(backup_leftovers.c.key)).all() == ["backups/" + "0" * 32]


def test_databases_that_are_apart_are_read_one_after_the_other(sessions, settings, bus, writing):
    backup = begun(sessions)
    with bus():
        thread = threading.Thread(target=Backups(settings).make_backups, args=(sessions,))
        thread.start()
        request = eventually_requested(sessions, backup.id, attempt=1)
        assert request["snapshot"]
        apart = Failed(backup.id, 1, backup.id, 1, "its database is another one", is_apart=True)
        deliver(sessions, handlers, [said(apart, "failed")])
        request = eventually_requested(sessions, backup.id, attempt=2)
        assert (request["snapshot"], request["services"]) == (None, ["reporting"])
        with writing():
            thread.join()
    assert found(sessions, backup.id).state is BackupState.COMPLETED


def test_a_deleted_backup_takes_its_bytes_along(sessions, settings, bus, writing, client, admin):
    backup = made(sessions, settings, bus, writing)
    assert len(files_of(settings)) == 1
    assert client.delete(f"/backup/{backup.id}", headers=admin.headers).status_code == 200
    Backups(settings).sweep_parts(sessions)
    assert files_of(settings) == []


def test_a_backup_that_is_deleted_while_it_is_made_ends(sessions, settings, bus, client, admin):
    backup = begun(sessions)
    with bus():
        thread = threading.Thread(target=Backups(settings).make_backups, args=(sessions,))
        thread.start()
        eventually_requested(sessions, backup.id, attempt=1)
        assert client.delete(f"/backup/{backup.id}", headers=admin.headers).status_code == 200
        thread.join(10)
    assert not thread.is_alive()


def test_only_one_is_made_by_hand_at_a_time(client, admin):
    assert client.post("/backup/create", headers=admin.headers, json={}).status_code == 201
    answer = client.post("/backup/create", headers=admin.headers, json={})
    assert (answer.status_code, answer.json["code"]) == (409, "backup-running")


@pytest.mark.parametrize("place", ["cloud", "both"])
def test_a_cloud_that_there_is_not_is_refused(client, admin, place):
    for method, path in (("POST", "/backup/create"), ("PUT", "/backup/schedule")):
        answer = client.open(path, method=method, headers=admin.headers, json={"location": place})
        assert (answer.status_code, answer.json["code"]) == (400, "no-cloud")


@pytest.mark.parametrize(
    "body", [{"frequency": "often"}, {"location": "moon"}, {"retentionDays": 0}, {"retentionDays": "x"}]
)
def test_a_schedule_that_cannot_be_is_refused(client, admin, body):
    assert client.put("/backup/schedule", headers=admin.headers, json=body).status_code == 400


def test_a_schedule_is_changed_in_part(client, admin, sessions):
    before = client.get("/backup/schedule", headers=admin.headers).json["data"]
    assert (before["id"], before["frequency"], before["nextBackupAt"]) == ("default", "disabled", None)
    # What is refused anyway is not to be offered.
    assert before["resetAllowed"] is False
    assert reading(sessions, BACKUP_INTERVAL) == 0
    body = {"frequency": "hourly", "location": "local"}
    after = client.put("/backup/schedule", headers=admin.headers, json=body).json["data"]
    assert (after["frequency"], after["retentionDays"]) == ("hourly", 30)
    assert reading(sessions, BACKUP_INTERVAL) == 3600
    assert after["nextBackupAt"].endswith(":00:00.000Z")
    kept = client.put("/backup/schedule", headers=admin.headers, json={"retentionDays": 7}).json["data"]
    assert (kept["frequency"], kept["nextBackupAt"], kept["retentionDays"]) == ("hourly", after["nextBackupAt"], 7)


def schedule(sessions: Sessions, frequency: Frequency, at: datetime = NOON, **more: Any) -> None:
    changes = {"frequency": frequency, **more}
    in_transaction(sessions, lambda uow: change_schedule(uow, changes, at=at, zone=LAGOS))


def due(sessions: Sessions, at: datetime) -> Backup | None:
    return in_transaction(sessions, lambda uow: begin_due_backup(uow, at=at, zone=LAGOS))


def test_a_backup_is_made_when_it_is_due_once(sessions):
    schedule(sessions, Frequency.HOURLY)
    assert due(sessions, NOON + timedelta(minutes=59)) is None
    with ThreadPoolExecutor(4) as threads:
        begun_by = list(threads.map(lambda _: due(sessions, NOON + timedelta(minutes=60)), range(4)))
    (backup,) = filter(None, begun_by)
    assert (backup.kind, backup.created_by) == (BackupKind.SCHEDULED, None)


def test_whatever_was_missed_is_caught_up_by_one(sessions):
    schedule(sessions, Frequency.HOURLY)
    backup = due(sessions, NOON + timedelta(hours=30))
    ended(sessions, backup, BackupState.COMPLETED)
    assert due(sessions, NOON + timedelta(hours=30, minutes=5)) is None
    assert due(sessions, NOON + timedelta(hours=31)) is not None


def test_none_is_begun_while_the_one_before_is_made(sessions):
    schedule(sessions, Frequency.HOURLY)
    first = due(sessions, NOON + timedelta(hours=1))
    assert due(sessions, NOON + timedelta(hours=2)) is None
    ended(sessions, first, BackupState.FAILED)
    assert due(sessions, NOON + timedelta(hours=2, minutes=1)) is not None


def test_scheduled_backups_go_in_time_and_others_stay(sessions):
    schedule(sessions, Frequency.DAILY, retention_days=7)
    old = NOON - timedelta(days=8)
    whole_before = ended(sessions, begun(sessions, BackupKind.SCHEDULED, at=old), BackupState.COMPLETED)
    failed = ended(sessions, begun(sessions, BackupKind.SCHEDULED, at=old), BackupState.FAILED)
    by_hand = ended(sessions, begun(sessions, BackupKind.MANUAL, at=old), BackupState.COMPLETED)
    safety = ended(sessions, begun(sessions, BackupKind.SAFETY, at=old), BackupState.COMPLETED)
    newest = ended(sessions, begun(sessions, BackupKind.SCHEDULED, at=old + timedelta(1)), BackupState.COMPLETED)
    in_transaction(sessions, lambda uow: forget_expired(uow, NOON))
    with sessions() as session:
        left = set(session.scalars(select(backups.c.id)))
    # The newest that is whole stays, however old it is.
    assert left == {by_hand, safety, newest}
    assert not left & {whole_before, failed}


def ended(sessions: Sessions, backup: Backup, state: BackupState) -> UUID:
    with sessions.begin() as session:
        records.end(session.connection(), backup, {"state": state})
    return backup.id


def expire_leases(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(update(backups).values(leased_until=text("now() - interval '1 second'")))


def said(event: Any, kind: str) -> Envelope:
    """What reporting says of its own part."""
    declared = type(event.__class__.__name__, (event.__class__,), {"type": f"reporting.backup_part.{kind}.v1"})
    return Envelope.around(declared(**vars(event)), source="reporting", context=NOBODY)


def eventually_requested(sessions: Sessions, backup_id: UUID, attempt: int) -> dict[str, Any]:
    """What was asked for in an attempt, once it was."""

    def ask() -> dict[str, Any]:
        with sessions() as session:
            bodies = session.scalars(
                select(outbox.c.body).where(outbox.c.type == "reporting.backup.requested.v1")
            ).all()
        data = [Envelope.from_json(body).data for body in bodies]
        return next((each for each in data if (each["backup_id"], each["attempt"]) == (str(backup_id), attempt)), {})

    return eventually(ask)

"""A service writes its part at the moment that was asked for, once, whatever happens to who writes it."""

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import OperationalError

from shared import epochs, priority
from shared.backup import tasks
from shared.backup.copies import forget
from shared.backup.cut import Cut, at_cut, database_of, held_cut, keep_readable
from shared.backup.part import PartReader
from shared.backup.participant import MOST_TRIES, Participant
from shared.backup.sealing import make_key_pair, unsealed
from shared.backup.tables import backup_files, backup_tasks
from shared.backup.tests.conftest import CONTENTS, things
from shared.clock import now
from shared.db import Sessions
from shared.ids import new_id
from shared.messaging.outbox import outbox
from shared.restore.events import Step
from shared.restore.tables import restore_tasks
from shared.storage import unclaimed
from shared.storage.keys import PRIVATE, new_key
from shared.storage.settings import StorageSettings
from shared.storage.tests.cloud import running_cloud

PUBLIC, PRIVATE_KEY = make_key_pair()
Ask = Callable[..., UUID]


@pytest.fixture
def ask(sessions: Sessions) -> Ask:
    """Ask for a part, without a moment unless one is given."""

    def ask(cut: Cut | None = None, *, backup_id: UUID | None = None, attempt: int = 1, places=("local",)) -> UUID:
        backup_id = backup_id or new_id()
        request = {
            "backup_id": str(backup_id), "attempt": attempt, "database": cut and cut.database,
            "snapshot": cut and cut.snapshot, "services": ["sample"], "public_keys": [PUBLIC], "places": places,
            "include_audit_logs": False, "include_sessions": False,
        }  # fmt: skip
        with sessions.begin() as session:
            tasks.add(session.connection(), backup_id, attempt, request)
        return backup_id

    return ask


def published(sessions: Sessions) -> list[dict[str, Any]]:
    """What was published, the type without service and version."""
    with sessions() as session:
        rows = session.execute(select(outbox.c.type, outbox.c.body).order_by(outbox.c.seq)).all()
    return [json.loads(body)["data"] | {"type": kind.split(".")[2]} for kind, body in rows]


def read(participant: Participant, written: dict[str, Any]) -> dict[str, list[bytes]]:
    """The rows of a part by the keys of its blocks."""
    copy = written["copies"][0]
    with closing(participant.places.open(copy["place"], copy["keys"])) as file:
        part = PartReader(unsealed(file, [PRIVATE_KEY]))
        rows = {block.head.key: list(block.rows()) for block in part.blocks()}
    contents = {each["name"]: (each["rows"], each["sha256"]) for each in written["contents"]}
    assert contents == {name: (content.rows, content.sha256) for name, content in part.contents.items()}
    return rows


def add_thing(sessions: Sessions, number: int, **more: Any) -> None:
    with sessions.begin() as session:
        session.execute(insert(things).values(id=number, called=f"thing {number}", **more))


def files_of(settings: StorageSettings, folder: str) -> list[Path]:
    return [path for path in Path(settings.storage_folder).glob(f"sample/{folder}/*/*") if path.is_file()]


def test_a_part_has_the_tables_and_sections_of_its_service(sessions, participant, ask):
    backup_id = ask()
    assert participant.write_parts(sessions) == 1
    (written,) = published(sessions)
    assert (written["type"], written["backup_id"], written["migration"]) == ("written", str(backup_id), "0001")
    rows = read(participant, written)
    assert rows["table things"] == [b"0\tthing 0\t\\N", b"1\tthing 1\t\\N", b"2\tthing 2\t\\N"]
    assert rows["section things"] == [b'{"id":%d,"name":"thing %d"}' % (number, number) for number in range(3)]
    assert not {"table outbox", "table inbox", "table backup_tasks"} & set(rows)


def test_a_part_is_written_without_a_pause_while_a_restore_keeps_people_out(sessions, participant, ask, monkeypatch):
    monkeypatch.setattr(priority, "_LEFT_TO_OTHERS", 1_000_000)
    with sessions.begin() as session:
        closed = {"restore_id": new_id(), "step": Step.CLOSE.value, "request": {}, "done_at": now()}
        session.execute(insert(restore_tasks).values(closed))
    ask()
    # Only one that pauses does not come to its end.
    writing = Thread(target=participant.write_parts, args=(sessions,), daemon=True)
    writing.start()
    writing.join(30)
    assert not writing.is_alive()
    assert [each["type"] for each in published(sessions)] == ["written"]


def test_what_comes_after_the_moment_is_not_in_it(sessions, participant, ask):
    with held_cut(sessions) as (_, cut):
        add_thing(sessions, 3)
        ask(cut)
        participant.write_parts(sessions)
    add_thing(sessions, 4)
    ask()
    participant.write_parts(sessions)
    before, after = published(sessions)
    assert len(read(participant, before)["table things"]) == 3
    assert len(read(participant, after)["table things"]) == 5


def test_a_moment_that_was_replaced_since_is_no_backup(sessions, participant, ask):
    with held_cut(sessions) as (_, cut):
        with sessions.begin() as session:
            epochs.enter(session.connection(), ["sample"], 7)
        ask(cut)
        participant.write_parts(sessions)
    (failed,) = published(sessions)
    assert (failed["type"], failed["reason"]) == ("failed", "It was restored or published anew meanwhile.")


def test_nobody_empties_what_is_being_read_and_nobody_else_waits_for_that(sessions):
    at_once = "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE NOWAIT"
    with at_cut(sessions, None) as connection:
        keep_readable(connection, sessions, "sample", [things])
        with sessions() as session, pytest.raises(OperationalError, match="could not obtain lock"):
            session.execute(text(at_once.format("things")))
        with sessions() as session:
            session.execute(text(at_once.format("epoch")))


@pytest.mark.parametrize("text_", ["tab\t", "line\nfeed", "back\\slash", "\\.", '"', "\x01\x02", "₦ ẹ́", "", "\\N"])
def test_any_text_comes_through_in_both_forms(sessions, participant, ask, text_):
    with sessions.begin() as session:
        session.execute(update(things).where(things.c.id == 0).values(called=text_))
    ask()
    participant.write_parts(sessions)
    rows = read(participant, published(sessions)[0])
    assert {"id": 0, "name": text_} in [json.loads(row) for row in rows["section things"]]
    # The database reads the rows of a table as it wrote them.
    with sessions() as session:
        driver = session.connection().connection.driver_connection
        with driver.cursor() as cursor:
            cursor.execute("DELETE FROM things")
            with cursor.copy("COPY things (id, called, file_key) FROM STDIN") as copy:
                copy.write(b"".join(row + b"\n" for row in rows["table things"]))
            assert cursor.execute("SELECT called FROM things WHERE id = 0").fetchone() == (text_,)


def test_of_several_workers_one_writes_the_part(sessions, participant, ask):
    for _ in range(3):
        ask()
    with ThreadPoolExecutor(4) as threads:
        done = sum(threads.map(lambda _: participant.write_parts(sessions), range(4)))
    assert done == 3
    assert [event["type"] for event in published(sessions)] == ["written"] * 3


def test_who_was_killed_is_followed_by_another_once_the_lease_is_over(sessions, participant, ask):
    ask()
    with sessions.begin() as session:
        assert tasks.take(session.connection()).tries == 1
    assert participant.write_parts(sessions) == 0
    expire_leases(sessions)
    assert participant.write_parts(sessions) == 1
    assert [event["type"] for event in published(sessions)] == ["written"]


def test_a_part_that_ends_its_worker_each_time_is_given_up(sessions, participant, ask):
    ask()
    for _ in range(MOST_TRIES):
        with sessions.begin() as session:
            tasks.take(session.connection())
        expire_leases(sessions)
    participant.write_parts(sessions)
    (failed,) = published(sessions)
    assert (failed["type"], failed["reason"], failed["is_apart"]) == (
        "failed", "whoever wrote it was stopped each time", False,
    )  # fmt: skip


def test_who_has_lost_the_lease_publishes_nothing_and_leaves_bytes_to_be_swept(sessions, participant, ask, settings):
    ask()
    lost = [False]

    class Slow(Participant):
        def _written(self, *args: Any) -> Any:
            found = super()._written(*args)
            expire_leases(sessions)
            with sessions.begin() as session:
                lost[0] = tasks.take(session.connection()) is not None
            return found

    Slow(CONTENTS, settings).write_parts(sessions)
    assert lost == [True]
    assert published(sessions) == []
    assert len(files_of(settings, "backups")) == 1
    with sessions.begin() as session:
        session.execute(text("UPDATE unclaimed_file SET noted_at = now() - interval '2 hours'"))
    assert unclaimed.sweep(sessions, participant.places) == 1
    assert files_of(settings, "backups") == []


def test_a_newer_attempt_takes_the_place_of_an_older_one(sessions, participant, ask):
    backup_id = ask(attempt=1)
    ask(backup_id=backup_id, attempt=2)
    ask(backup_id=backup_id, attempt=1)
    participant.write_parts(sessions)
    assert [event["attempt"] for event in published(sessions)] == [2]


def test_a_database_apart_says_so(sessions, participant, ask):
    with held_cut(sessions) as (_, cut):
        ask(replace(cut, database="another one"))
        participant.write_parts(sessions)
    (failed,) = published(sessions)
    assert (failed["type"], failed["is_apart"]) == ("failed", True)


def test_a_moment_that_nobody_holds_is_waited_for(sessions, participant, ask):
    with held_cut(sessions) as (_, cut):
        pass
    ask(cut)
    participant.write_parts(sessions)
    assert published(sessions) == []
    with sessions() as session:
        assert session.scalar(select(backup_tasks.c.tries)) == 1


def test_databases_are_told_apart(sessions, postgres_admin_url):
    with sessions() as session:
        found = database_of(session.connection())
    with psycopg.connect(postgres_admin_url) as other:
        oid = other.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()[0]
    assert not found.endswith(f"/{oid}")


def test_a_storage_that_fails_is_a_reason(sessions, ask, settings):
    folder = Path(settings.storage_folder)
    folder.mkdir()
    (folder / "sample").write_text("in the way")
    ask()
    Participant(CONTENTS, settings).write_parts(sessions)
    (failed,) = published(sessions)
    assert failed["type"] == "failed"
    assert "could not be kept" in failed["reason"]


def test_a_place_that_is_not_there_is_a_reason(sessions, participant, ask):
    ask(places=("cloud",))
    participant.write_parts(sessions)
    (failed,) = published(sessions)
    assert "CLOUDINARY_URL" in failed["reason"]


def test_a_part_is_kept_in_the_cloud_in_pieces(sessions, ask, settings, monkeypatch):
    monkeypatch.setattr("shared.backup.places.CLOUD_PIECE_BYTES", 100)
    with running_cloud() as (cloud, url):
        participant = Participant(CONTENTS, replace(settings, cloudinary_url=url))
        ask(places=("local", "cloud"))
        participant.write_parts(sessions)
        (written,) = published(sessions)
        local, kept = written["copies"]
        assert (local["place"], kept["place"], len(local["keys"])) == ("local", "cloud", 1)
        assert len(kept["keys"]) == len(cloud.files) == -(-written["size"] // 100)
        assert read(participant, written | {"copies": [kept]}) == read(participant, written)


def test_a_cloud_that_fails_is_a_reason(sessions, ask, settings):
    with running_cloud() as (cloud, url):
        cloud.fails = True
        participant = Participant(CONTENTS, replace(settings, cloudinary_url=url))
        ask(places=("local", "cloud"))
        participant.write_parts(sessions)
        assert [event["type"] for event in published(sessions)] == ["failed"]


@pytest.fixture
def stored(sessions: Sessions, participant: Participant) -> Callable[[bytes], str]:
    """Keep the bytes of a document, and a row that refers to them."""
    numbers = iter(range(100, 200))

    def store(content: bytes) -> str:
        key = new_key(PRIVATE)
        participant.places.documents.put(key, io.BytesIO(content), "application/pdf")
        add_thing(sessions, next(numbers), file_key=key)
        return key

    return store


def copies(participant: Participant, written: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["key"]: each for each in map(json.loads, read(participant, written)["files files"])}


def test_equal_files_have_one_copy_through_all_backups(sessions, participant, ask, stored, settings):
    first, second, other = stored(b"same" * 1000), stored(b"same" * 1000), stored(b"other")
    for _ in range(2):
        ask()
        participant.write_parts(sessions)
    one, two = (copies(participant, written) for written in published(sessions))
    assert one == two
    assert one[first]["copies"] == one[second]["copies"] != one[other]["copies"]
    # Two copies, and a part of each backup.
    assert len(files_of(settings, "backups")) == 4
    with closing(participant.places.open("local", one[first]["copies"]["local"].split())) as file:
        assert b"".join(unsealed(file, [PRIVATE_KEY])) == b"same" * 1000


def test_a_file_whose_bytes_are_gone_is_said_to_be(sessions, participant, ask, stored):
    key = stored(b"x")
    participant.places.documents.delete(key)
    ask()
    participant.write_parts(sessions)
    (written,) = published(sessions)
    assert copies(participant, written) == {key: {"key": key, "sha256": None, "size": 0, "copies": {}}}


def test_copies_go_when_no_backup_has_them(sessions, participant, ask, stored, settings):
    key, kept = stored(b"old"), stored(b"kept")
    ask()
    participant.write_parts(sessions)
    with sessions.begin() as session:
        session.execute(things.delete().where(things.c.file_key == key))
    ask()
    participant.write_parts(sessions)
    _, second = published(sessions)
    with sessions.begin() as session:
        forget(session.connection(), before=datetime.fromisoformat(second["at"]))
    with sessions() as session:
        assert session.scalars(select(backup_files.c.key)).all() == [kept]
        gone = session.scalars(select(unclaimed.unclaimed_file.c.key)).all()
    assert gone == copies(participant, published(sessions)[0])[key]["copies"]["local"].split()


def expire_leases(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(update(backup_tasks).values(leased_until=text("now() - interval '1 second'")))

"""A service publishes its state anew: batch by batch, in versions above all before, and says when that is all."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import Column, Integer, MetaData, Table, Uuid, insert, select, text, update

from shared import epochs, restatement
from shared.clock import now
from shared.context import NOBODY
from shared.db import run_transaction
from shared.ids import new_id
from shared.messaging import deferred
from shared.messaging.delivery import deliver, deliver_or_defer
from shared.messaging.events import Envelope, Event, of_service
from shared.messaging.handlers import CauseMissing
from shared.messaging.outbox import outbox
from shared.restatement import Batch, Kind, batch_of, begin, publish_all, publish_next, raise_versions, when_restated
from shared.testing import as_superuser, eventually
from shared.tests.conftest import HappenedPayload, happened, numbers_heard

things = Table("things", MetaData(), Column("id", Uuid, primary_key=True), Column("version", Integer, nullable=False))
SIZE = 7


@pytest.fixture
def own(sessions, sample_database, postgres_admin_url):
    """The table of what the sample service owns, empty."""
    with as_superuser(postgres_admin_url, sample_database) as admin:
        admin.execute("SET search_path = sample")
        admin.execute("CREATE TABLE IF NOT EXISTS things (id uuid PRIMARY KEY, version integer NOT NULL)")
        admin.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON things TO sample")
        admin.execute("TRUNCATE things, restatement, epoch")
    return sessions


@dataclass(frozen=True)
class Restated(Event):
    type = "sample.thing.restated.v1"
    number: int


def publish_things(uow, after, floor):
    former = raise_versions(uow.connection, things, after, floor, batch=SIZE)
    for thing in former:
        uow.publish(Restated(thing, floor + 1, 1))
    return batch_of(former, batch=SIZE)


KINDS = (Kind("things", publish_things), Kind("nothing", lambda *_: Batch(0, None)))


def start(sessions, **more):
    return run_transaction(sessions, "sample", lambda uow: begin(uow, KINDS, reason="test", at=now(), **more))[0]


def published(sessions):
    with sessions() as session:
        bodies = session.execute(select(outbox.c.body).order_by(outbox.c.seq)).scalars()
        return [Envelope.from_json(body) for body in bodies]


def versions(sessions):
    with sessions() as session:
        return dict(session.execute(select(things.c.id, things.c.version)).all())


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_versions=st.lists(st.integers(0, 9_999), max_size=3 * SIZE), epochs_begun=st.integers(1, 3))
def test_every_aggregate_gets_a_version_above_the_floor_that_no_epoch_before_gave(own, given_versions, epochs_begun):
    with own.begin() as session:
        session.execute(text("DELETE FROM things"))
        if given_versions:
            session.execute(insert(things).values([{"id": new_id(), "version": one} for one in given_versions]))
    before = versions(own)
    for _ in range(epochs_begun):
        number = start(own)
        assert publish_all(own, "sample", KINDS) == {"things": len(given_versions), "nothing": 0}
        after = versions(own)
        for thing, version in after.items():
            low = epochs.floor(number)
            assert version == low + before[thing] % epochs.STEP
            assert version > before[thing]
        before = after


def test_an_epoch_that_begins_while_another_is_published_is_published_as_well(own):
    inside, go_on = threading.Event(), threading.Event()

    def wait_and_publish(uow, after, floor):
        inside.set()
        assert go_on.wait(10)
        return publish_things(uow, after, floor)

    slow = (replace(KINDS[0], publish_next=wait_and_publish), KINDS[1])
    start(own)
    with ThreadPoolExecutor(2) as aside:
        publishing = aside.submit(run_transaction, own, "sample", lambda uow: publish_next(uow, slow))
        assert inside.wait(10)
        beginning = aside.submit(start, own)
        eventually(lambda: beginning.done() or somebody_waits_for_a_lock(own))
        go_on.set()
        publishing.result()
        number = beginning.result()
    with own() as session:
        left = session.execute(text("SELECT DISTINCT epoch FROM restatement WHERE done_at IS NULL")).scalars().all()
        planned = session.scalar(text("SELECT count(*) FROM restatement WHERE done_at IS NULL"))
    assert (left, planned) == ([number], len(KINDS))


def somebody_waits_for_a_lock(sessions):
    with sessions() as session:
        query = "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND usename = user"
        return session.scalar(text(query)) > 0


def test_the_end_is_published_last_and_once(own):
    with own.begin() as session:
        session.execute(insert(things).values([{"id": new_id(), "version": 1} for _ in range(2 * SIZE)]))
    number = start(own)
    publish_all(own, "sample", KINDS)
    publish_all(own, "sample", KINDS)
    types = [envelope.type for envelope in published(own)]
    assert types == ["sample.epoch.began.v1", *["sample.thing.restated.v1"] * 2 * SIZE, "sample.state.restated.v1"]
    end = published(own)[-1]
    assert end.data == {
        "epoch": number, "floor": epochs.floor(number), "published": {"things": 2 * SIZE, "nothing": 0},
        "events": {"sample.thing.restated.v1": 2 * SIZE},
    }  # fmt: skip


def test_who_is_interrupted_goes_on_where_the_last_transaction_ended(own):
    with own.begin() as session:
        session.execute(insert(things).values([{"id": new_id(), "version": 1} for _ in range(3 * SIZE)]))
    start(own)

    def publish_and_fail(uow):
        publish_next(uow, KINDS)
        raise KeyboardInterrupt

    run_transaction(own, "sample", lambda uow: publish_next(uow, KINDS))
    with pytest.raises(KeyboardInterrupt):
        run_transaction(own, "sample", publish_and_fail)
    assert publish_all(own, "sample", KINDS)["things"] == 3 * SIZE
    assert [one.type for one in published(own)].count("sample.thing.restated.v1") == 3 * SIZE


def test_one_at_a_time_publishes(own):
    start(own)
    with own.begin() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('restatement of sample'))"))
        assert not run_transaction(own, "sample", lambda uow: publish_next(uow, KINDS))[0]
    assert run_transaction(own, "sample", lambda uow: publish_next(uow, KINDS))[0]


def test_what_was_published_just_before_all_went_back_is_sent_again_in_the_new_epoch(own):
    def write(uow):
        uow.publish(happened(1))

    run_transaction(own, "sample", write)
    run_transaction(own, "sample", write)
    with own.begin() as session:
        old = select(outbox.c.seq).order_by(outbox.c.seq).limit(1).scalar_subquery()
        session.execute(update(outbox).values(published_at=now()))
        session.execute(update(outbox).where(outbox.c.seq == old).values(created_at=now() - 2 * restatement.SENT_AGAIN))
    number = start(own, whole=("sample", "other"))
    with own() as session:
        rows = session.execute(select(outbox.c.epoch, outbox.c.published_at.is_(None)).order_by(outbox.c.seq)).all()
        assert epochs.numbers(session.connection())["other"] > 0
    assert rows == [(0, False), (number, True), (number, True)]


@pytest.fixture
def removals(handlers):
    """The floors that the sample service was called with to remove what others do not have."""
    floors: list[int] = []
    when_restated(handlers, "sample", lambda uow, floor: floors.append(floor))
    return floors


def of_epoch(event):
    return structs.replace(Envelope.around(event, source="sample", context=NOBODY), epoch=7)


def anew(number):
    """An event that publishes a thing anew in epoch 7."""
    return of_epoch(Restated(new_id(), 70_001, number))


def the_end(**events):
    event = of_service(restatement.StateRestated, "sample")
    published = {f"sample.thing.{name}.v1": number for name, number in events.items()}
    return of_epoch(event(new_id(), 1, 7, 70_000, {}, published))


def test_what_owners_do_not_have_is_removed_after_all_else_that_came(own, handlers, removals):
    heard_before = []
    when_restated(
        handlers,
        "sample",
        lambda uow, floor: heard_before.extend(uow.session.scalars(text("SELECT number FROM heard"))),
    )
    deliver(own, handlers, [the_end(), of_epoch(happened(3))])
    assert (removals, heard_before) == ([70_000], [3])


def test_nothing_is_removed_while_an_event_of_the_owner_waits(own, handlers, removals, refused):
    refused[4] = CauseMissing("not yet")
    waiting = of_epoch(happened(4))
    deliver_or_defer(own, handlers, [waiting], beat=lambda: None)
    end = the_end()
    assert deliver_or_defer(own, handlers, [end], beat=lambda: None).failed.keys() == {end.id}
    assert removals == []
    refused.clear()
    with own.begin() as session:
        deferred.remove(session.connection(), [waiting.id])
    deliver(own, handlers, [structs.replace(end, id=new_id())])
    assert removals == [70_000]
    assert numbers_heard(own) == []


@pytest.fixture
def things_anew(handlers, refused):
    """Has the sample service follow what is published anew."""

    @handlers.on("sample.thing.restated.v1", payload=HappenedPayload)
    def take(uow, thing, envelope):
        if thing.number in refused:
            raise refused[thing.number]


def test_nothing_is_removed_while_another_worker_has_some_of_what_was_published_anew(
    own, handlers, removals, things_anew
):
    one, other, end = anew(1), anew(2), the_end(restated=2, unfollowed=5)
    deliver(own, handlers, [one])
    deliver(own, handlers, [one])
    outcome = deliver_or_defer(own, handlers, [end], beat=lambda: None)
    assert "{'sample.thing.restated.v1': 1}" in str(outcome.failed[end.id])
    assert removals == []
    deliver(own, handlers, [other])
    deliver(own, handlers, [end])
    assert removals == [70_000]


def test_what_was_published_anew_in_an_epoch_before_does_not_count(own, handlers, removals, things_anew):
    end = the_end(restated=1)
    deliver(own, handlers, [structs.replace(anew(1), version=60_001)])
    assert deliver_or_defer(own, handlers, [end], beat=lambda: None).failed
    assert removals == []


def test_nothing_is_removed_when_an_event_fails_that_came_together_with_the_end(
    own, handlers, removals, things_anew, refused
):
    refused[2] = RuntimeError("cannot")
    events = [anew(1), anew(2), the_end(restated=2)]
    assert deliver_or_defer(own, handlers, events, beat=lambda: None).failed.keys() == {one.id for one in events[1:]}
    assert removals == []
    refused.clear()
    with own.begin() as session:
        deferred.remove(session.connection(), [one.id for one in events])
    deliver(own, handlers, events)
    assert removals == [70_000]


def test_two_workers_that_handle_what_was_published_anew_at_once_count_all_of_it(own, handlers, removals, things_anew):
    events, end = [anew(number) for number in range(40)], the_end(restated=40)
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda event: deliver(own, handlers, [event]), events * 2))
    deliver(own, handlers, [end])
    assert removals == [70_000]


def test_counts_of_epochs_before_are_forgotten(own, handlers, removals, things_anew):
    deliver(own, handlers, [structs.replace(anew(1), epoch=6, version=60_001)])
    deliver(own, handlers, [anew(1), the_end(restated=1)])
    with own() as session:
        assert session.execute(text("SELECT epoch, events FROM handled_anew")).all() == [(7, 1)]

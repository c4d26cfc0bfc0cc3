import threading
from contextlib import suppress
from uuid import uuid4

from sqlalchemy import func, select

from shared import tally
from shared.db import unit_of_work

OFFICER, OTHER = uuid4(), uuid4()


def add(sessions, owner, kind, difference):
    with sessions.begin() as session:
        tally.add(session.connection(), "loan", {(owner, kind): difference, (tally.EVERYBODY, kind): difference})


def total(sessions, owners, kinds=None):
    with sessions() as session:
        return tally.total(session.connection(), "loan", owners, kinds)


def test_differences_add_up(sessions):
    add(sessions, OFFICER, "DRAFT", 3)
    add(sessions, OFFICER, "DRAFT", -1)
    add(sessions, OTHER, "ACTIVE", 5)
    assert total(sessions, [OFFICER]) == 2
    assert total(sessions, [OFFICER, OTHER]) == 7
    assert total(sessions, [tally.EVERYBODY], ["ACTIVE"]) == 5
    assert total(sessions, []) == 0
    with sessions() as session:
        assert tally.by_owner(session.connection(), "loan", [OFFICER, OTHER]) == {OFFICER: 2, OTHER: 5}


def test_counts_are_exact_while_rows_are_folded_under_writers(sessions):
    def write():
        for _ in range(50):
            add(sessions, OFFICER, "DRAFT", 1)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        with sessions.begin() as session:
            tally.compact(session.connection())
    with sessions.begin() as session:
        tally.compact(session.connection())
    assert total(sessions, [OFFICER]) == total(sessions, [tally.EVERYBODY]) == 200
    with sessions() as session:
        assert session.execute(select(func.count()).select_from(tally.tally)).scalar_one() <= 20


def test_what_cancels_out_in_a_transaction_is_not_written(sessions):
    with unit_of_work(sessions, "sample") as uow:
        uow.count("loan", {(OFFICER, "DRAFT"): 1, (tally.EVERYBODY, "DRAFT"): 1})
        uow.count("loan", {(OFFICER, "DRAFT"): -1, (OFFICER, "ACTIVE"): 1, (tally.EVERYBODY, "DRAFT"): -1})
        uow.count("type", {(OTHER, "live"): 2})
    with sessions() as session:
        rows = session.execute(select(tally.tally.c["subject", "owner_id", "kind", "difference"])).all()
    assert sorted(rows) == [("loan", OFFICER, "ACTIVE", 1), ("type", OTHER, "live", 2)]


def test_what_a_savepoint_undoes_is_not_counted(sessions):
    with unit_of_work(sessions, "sample") as uow:
        uow.count("loan", {(OFFICER, "DRAFT"): 1})
        with suppress(KeyError), uow.savepoint():
            uow.count("loan", {(OFFICER, "DRAFT"): 5})
            raise KeyError
        uow.flush()
        uow.count("loan", {(OFFICER, "DRAFT"): 2})
    assert total(sessions, [OFFICER]) == 3

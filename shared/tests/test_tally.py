import threading
from uuid import uuid4

from sqlalchemy import func, select

from shared import tally

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

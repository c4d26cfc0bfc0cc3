"""Who may take the next connection, as the processes of a server know it from each other."""

import os

from shared.web.shares import Shares


def test_only_who_has_more_than_another_leaves_the_next_one() -> None:
    shares = Shares()
    shares.note(0, 3)
    assert not shares.is_above_another(0)
    shares.note(1, 2)
    assert shares.is_above_another(0)
    assert not shares.is_above_another(1)
    shares.note(1, 3)
    assert not shares.is_above_another(0)


def test_one_that_takes_no_more_is_waited_for_by_nobody() -> None:
    shares = Shares()
    shares.note(0, 3)
    shares.note(1, 0)
    assert shares.is_above_another(0)
    shares.leave(1)
    assert not shares.is_above_another(0)


def test_a_free_place_is_nobodys_and_empty() -> None:
    shares = Shares()
    shares.note(1, 0)
    shares.note(2, 5)
    assert shares.free_place({0, 2}) == 1
    assert not shares.is_above_another(2)


def test_what_a_forked_process_notes_is_seen_here() -> None:
    shares = Shares()
    shares.note(0, 2)
    if (child := os.fork()) == 0:
        shares.note(1, 1)
        os._exit(0)
    os.waitpid(child, 0)
    assert shares.is_above_another(0)

"""Who gives way, and for how long."""

import os
import threading
import time

from shared.priority import give_way, unhurried


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0)


def test_a_thread_gives_way_alone_and_never_takes_back_more() -> None:
    usual, found = niceness(), []

    def work() -> None:
        give_way(10)
        found.append(niceness())
        give_way(5)
        found.append(niceness())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [max(usual, 10)] * 2
    assert niceness() == usual


def test_the_first_thread_of_a_process_never_gives_way() -> None:
    assert threading.current_thread() is threading.main_thread()
    usual = niceness()
    give_way(usual + 10)
    assert niceness() == usual


def test_after_each_piece_others_have_a_quarter_of_what_it_took() -> None:
    taken, began = [], time.monotonic()
    for piece in unhurried(iter("abc")):
        taken.append(piece)
        time.sleep(0.02)  # it takes so long to use it
    assert taken == ["a", "b", "c"]
    assert time.monotonic() - began >= 3 * (1 + 0.25) * 0.02

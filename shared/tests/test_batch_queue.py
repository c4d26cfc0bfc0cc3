"""Work of many threads done for several of them together, with real threads."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest

from shared.batch_queue import BatchQueue
from shared.testing import eventually

SECONDS = 10


class Work:
    """Doubles even numbers, has nothing for odd ones and fails at once for a group with a zero; can be held up."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.may_go_on = Event()
        self.may_go_on.set()

    def __call__(self, items: Sequence[int]) -> list[int | None]:
        self.groups.append(list(items))
        assert self.may_go_on.wait(SECONDS)
        if 0 in items:
            raise ZeroDivisionError
        return [item * 2 if item % 2 == 0 else None for item in items]


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def queue(work: Work) -> BatchQueue[int, int]:
    return BatchQueue(work, most=5)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(40) as threads:
        yield threads


@pytest.fixture
def come(work: Work, queue: BatchQueue[int, int], threads: ThreadPoolExecutor) -> Callable[..., dict[int, int | None]]:
    """One comes and is held up at work, then the others come one after the other; what each got."""

    def come(first: int, *others: int) -> dict[int, int | None]:
        coming: dict[int, Future[int | None]] = {}
        with _held_up(work):
            coming[first] = threads.submit(queue.do, first)
            eventually(lambda: work.groups == [[first]])
            for number, item in enumerate(others, start=1):
                coming[item] = threads.submit(queue.do, item)
                eventually(lambda number=number: len(queue._line) == number)
        return {item: future.result(SECONDS) for item, future in coming.items()}

    return come


@contextmanager
def _held_up(work: Work) -> Iterator[None]:
    work.may_go_on.clear()
    try:
        yield
    finally:
        work.may_go_on.set()


def test_who_comes_alone_is_not_kept_waiting_for_company(queue: BatchQueue[int, int], work: Work) -> None:
    assert [queue.do(2), queue.do(4)] == [4, 8]
    assert work.groups == [[2], [4]]


def test_who_comes_while_another_is_at_work_is_done_together_in_order(
    come: Callable[..., dict[int, int | None]], work: Work
) -> None:
    assert come(2, 4, 6, 7, 8) == {2: 4, 4: 8, 6: 12, 7: None, 8: 16}
    assert work.groups == [[2], [4, 6, 7, 8]]


def test_a_group_has_no_more_than_it_may(come: Callable[..., dict[int, int | None]], work: Work) -> None:
    others = range(4, 28, 2)
    assert come(2, *others) == {item: item * 2 for item in (2, *others)}
    assert work.groups == [[2], list(others[:5]), list(others[5:10]), list(others[10:])]


def test_a_group_that_fails_leaves_each_to_itself_and_the_next_goes_on(
    come: Callable[..., dict[int, int | None]], work: Work
) -> None:
    results = come(2, 4, 0, 6, 8, 10, 12)
    assert results == {2: 4, 4: None, 0: None, 6: None, 8: None, 10: None, 12: 24}
    assert work.groups == [[2], [4, 0, 6, 8, 10], [12]]


def test_work_that_forgets_some_leaves_nobody_waiting(threads: ThreadPoolExecutor) -> None:
    forgetful: BatchQueue[int, int] = BatchQueue(lambda items: [], most=5)
    assert threads.submit(forgetful.do, 2).result(SECONDS) is None


def test_each_of_many_gets_its_own(queue: BatchQueue[int, int], threads: ThreadPoolExecutor, work: Work) -> None:
    items = range(2, 4002, 2)
    assert list(threads.map(queue.do, items)) == [item * 2 for item in items]
    assert sorted(item for group in work.groups for item in group) == list(items)
    assert not queue._is_busy

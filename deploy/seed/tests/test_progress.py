"""Whoever waits for a book sees it grow."""

import re

from deploy.seed import progress
from deploy.seed.progress import Progress


def test_how_much_is_done_and_how_fast_is_reported_from_time_to_time(monkeypatch) -> None:
    monkeypatch.setattr(progress, "_SECONDS", 0.0)
    reported: list[str] = []
    writing = Progress(4000, reported.append)
    writing.made(1000)
    writing.made(2000)
    assert re.fullmatch(r"1,000 of 4,000 loans \(25 %\), [\d,]+ a second", reported[0])
    assert reported[1].startswith("2,000 of 4,000 loans (50 %)")


def test_nothing_is_reported_of_what_takes_no_time() -> None:
    reported: list[str] = []
    Progress(10, reported.append).made(5)
    assert reported == []

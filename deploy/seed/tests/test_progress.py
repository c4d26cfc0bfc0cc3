"""Whoever waits for a book sees it grow."""

import re

from deploy.seed import progress
from deploy.seed.progress import Progress


def test_how_much_is_done_and_how_fast_is_told_from_time_to_time(monkeypatch) -> None:
    monkeypatch.setattr(progress, "_SECONDS", 0.0)
    told: list[str] = []
    writing = Progress(4000, told.append)
    writing.made(1000)
    writing.made(2000)
    assert re.fullmatch(r"1,000 of 4,000 loans \(25 %\), [\d,]+ a second", told[0])
    assert told[1].startswith("2,000 of 4,000 loans (50 %)")


def test_nothing_is_told_of_what_takes_no_time() -> None:
    told: list[str] = []
    Progress(10, told.append).made(5)
    assert told == []

"""What every test that kills processes begins with, and what they measured, which is shown at the end."""

from collections.abc import Callable

import pytest

from shared.testing import eventually
from tests.client import Person
from tests.institution import Team, new_team

_MEASURED: list[str] = []


@pytest.fixture(scope="session")
def measured() -> Callable[[str], None]:
    """Takes a line of what was measured."""
    return _MEASURED.append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _MEASURED:
        terminalreporter.section("measured")
        for line in _MEASURED:
            terminalreporter.write_line(line)


@pytest.fixture
def team(admin: Person) -> Team:
    """A team of people whom every service knows: the gateway hears again what followers applied, whatever the test
    before did to the broker."""
    eventually(lambda: _hears_followers(admin), seconds=60)
    return new_team(admin)


def _hears_followers(admin: Person) -> bool:
    answer = admin.post("/notes", {"userId": admin.id, "title": "Heard", "content": "As agreed"})
    return answer.status < 300 and "x-followers-behind" not in answer.headers

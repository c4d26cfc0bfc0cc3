"""What every test that kills processes begins with."""

import pytest

from shared.testing import eventually
from tests.client import Person
from tests.institution import Team, new_team


@pytest.fixture
def team(admin: Person) -> Team:
    """A team of people whom every service knows: the gateway hears again what followers applied, whatever the test
    before did to the broker."""
    eventually(lambda: _hears_followers(admin), seconds=60)
    return new_team(admin)


def _hears_followers(admin: Person) -> bool:
    answer = admin.post("/notes", {"userId": admin.id, "title": "Heard", "content": "As agreed"})
    return answer.status < 300 and "x-followers-behind" not in answer.headers

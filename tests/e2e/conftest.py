"""Loans to start from."""

from typing import Any

import pytest

from tests.institution import Team


@pytest.fixture
def active(team: Team) -> dict[str, Any]:
    """A loan of 50,000 over 12 months that nobody has paid on."""
    return team.active_loan()

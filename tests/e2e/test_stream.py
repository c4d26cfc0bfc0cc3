"""What one person records another one's page hears of, on the whole platform, and finds when it asks."""

import json
import urllib.request
from collections.abc import Generator
from typing import Any

import pytest

from tests.client import Person
from tests.institution import Team


def _changes(person: Person) -> Generator[dict[str, Any], None, None]:
    """What changes, from now on. The stream is at its beginning when this has been asked once, for the refresh."""
    headers = {"Authorization": f"Bearer {person.token}"}
    request = urllib.request.Request(f"{person.url}/api/stream", headers=headers)
    with urllib.request.urlopen(request, timeout=30) as stream:
        name = ""
        for line in stream:
            field, _, value = line.decode().rstrip("\n").partition(": ")
            if field == "event":
                name = value
            elif field == "data" and name in ("refresh", "change"):
                yield json.loads(value)


@pytest.mark.timeout(60)
def test_a_payment_is_heard_of_by_who_watches_the_team(team: Team, other_team: Team) -> None:
    loan, foreign = team.active_loan(), other_team.active_loan()
    changes = _changes(team.supervisor)
    assert next(changes) == {}
    other_team.pay(foreign["id"], "10.00")
    team.pay(loan["id"], "10.00")
    heard = next(change for change in changes if change["how"] == "repayment.recorded")
    assert (heard["kind"], heard["id"], heard["unionId"]) == ("loan", loan["id"], team.union["id"])
    assert team.supervisor.get(f"/loans/{loan['id']}").data["totalPaid"] == 10
    changes.close()

"""How much somebody asked is known to every gateway, because identity believes what gateways tell it."""

from deploy.local.platform import Platform
from shared.testing import eventually
from tests.institution import Team


def test_what_was_asked_at_one_gateway_counts_at_the_other(team: Team, platform: Platform) -> None:
    first, second = (team.officer.again(url) for url in platform.urls)
    asked_second = 0

    def counts_more_than_its_own() -> bool:
        nonlocal asked_second
        first.get("/loans")
        headers = second.get("/loans").headers
        asked_second += 1
        return int(headers["ratelimit-remaining"]) < int(headers["ratelimit-limit"]) - asked_second

    eventually(counts_more_than_its_own)

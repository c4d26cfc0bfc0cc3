"""How much somebody asked is known to every gateway, because identity believes what gateways tell it."""

from deploy.local.platform import Platform
from shared.testing import eventually
from tests.institution import Team


def test_what_was_asked_at_one_gateway_counts_at_the_other(team: Team, platform: Platform) -> None:
    here, there = (team.officer.again(url) for url in platform.urls)
    asked_there = 0

    def counts_more_than_its_own() -> bool:
        nonlocal asked_there
        here.get("/loans")
        headers = there.get("/loans").headers
        asked_there += 1
        return int(headers["ratelimit-remaining"]) < int(headers["ratelimit-limit"]) - asked_there

    eventually(counts_more_than_its_own)

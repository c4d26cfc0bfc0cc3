"""What the bench counts on a real platform; its arithmetic is tested beside it."""

from dataclasses import replace
from signal import SIGCONT, SIGSTOP
from threading import Timer

import psycopg
import pytest

from bench.backlog import settling_of
from bench.driver import Request
from bench.measurement import count_cost, measure
from bench.operations import CREATION, MEMBER, Operation, Requests
from bench.processes import UPKEEP
from deploy.local.platform import Platform
from tests.institution import Team

MEMBERS = 10
# Far above what a process takes when idle, for this machine is busy with tests.
IDLE_SHARE = 0.05
# When the last member was taken in, at the latest.
FROZEN_SECONDS = 5

_WELCOMED = """
SELECT count(*) FROM notifications.mail JOIN membership.members ON members.email = mail.recipient
 WHERE members.union_id = %s AND mail.template = 'new_member' AND mail.status = 'WRITTEN'
"""


@pytest.fixture
def creation(platform: Platform, team: Team) -> Request:
    """A new member of the team's union, and then a loan for them."""
    return Requests(platform.url, team.officer.token).member_with_loan(team.union["id"], has_email=True)


def test_a_loan_is_made_for_each_new_member(platform: Platform, team: Team, creation: Request) -> None:
    found = measure(platform, Operation(CREATION, "", [creation]), 2, seconds=0.5)
    assert found.total.errors == 0
    assert found.kinds.keys() == {MEMBER, CREATION}
    assert found.kinds[MEMBER].requests == found.kinds[CREATION].requests > 0
    loans = team.officer.get("/loans", unionId=team.union["id"]).data
    assert {loan["status"] for loan in loans} == {"PENDING_APPROVAL"}


# Of these the one puts nothing on the bus meanwhile, and the other takes nothing from it.
@pytest.mark.parametrize("frozen", ["membership-worker", "notifications-web"])
def test_costs_are_counted_until_events_are_handled_and_mails_written(
    platform: Platform, team: Team, creation: Request, frozen: str
) -> None:
    members = Operation(MEMBER, "membership", [replace(creation, then=None)])
    with settling_of(platform, dict.fromkeys(platform.names, IDLE_SHARE)) as settling:
        settling.wait()
        platform.kill(frozen, SIGSTOP)
        thaw = Timer(FROZEN_SECONDS, platform.kill, (frozen, SIGCONT))
        thaw.start()
        cost = count_cost(platform, members, MEMBERS, requests=MEMBERS, settling=settling, idle_cpu={})
        thaw.join()
    assert cost.requests == MEMBERS
    assert cost.cpu.keys() - {UPKEEP} == set(platform.names)
    assert all(cost.cpu[name] > 0 for name in ("gateway", "postgres", "membership-web"))
    with psycopg.connect(platform.admin_url, dbname="mp") as database:
        assert database.execute(_WELCOMED, [team.union["id"]]).fetchone() == (MEMBERS,)

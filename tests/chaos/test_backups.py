"""While a backup is made its participants are killed, one after the other: it becomes whole all the same."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from deploy.database.provision import SERVICES
from deploy.local.platform import Platform
from shared.testing import eventually
from tests.chaos.payers import Payers
from tests.client import Person
from tests.e2e.test_backups import assert_whole
from tests.institution import Team
from tests.long_form import in_long_form

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

# A table that is in the part of the service, and that nothing else waits for meanwhile.
TABLES = {
    "identity": "user_note",
    "membership": "union_transfers",
    "lending": "schedule_history",
    "payments": "receipt_prints",
    "notifications": "email_template",
    "reporting": "frozen_days",
}


@contextmanager
def holding_up(platform: Platform, services: list[str]) -> Iterator[None]:
    """While the block runs, nobody can read a table of each of these services, so that no part is finished."""
    connections = [psycopg.connect(platform.admin_url, dbname="mp") for _ in services]
    try:
        for service, database in zip(services, connections, strict=True):
            database.execute("SET idle_in_transaction_session_timeout = '60s'")
            database.execute(f"LOCK TABLE {service}.{TABLES[service]} IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        # With them the locks go, be the database there still or not.
        for database in connections:
            database.close()


def are_writing(platform: Platform, services: list[str]) -> bool:
    with psycopg.connect(platform.admin_url, dbname="mp") as database:
        for service in services:
            query = f"SELECT count(*) FROM {service}.backup_tasks WHERE lease IS NOT NULL"
            if database.execute(query).fetchone() == (0,):
                return False
    return True


def ended(admin: Person, backup_id: str) -> dict[str, Any]:
    """The record of a backup that is over; nothing while it is made, or while who answers starts."""
    answer = admin.get("/backup/list")
    if answer.status != 200:
        return {}
    found: list[dict[str, Any]] = [row for row in answer.data if row["id"] == backup_id]
    return found[0] if found[0]["status"] != "in_progress" else {}


def processes(platform: Platform, services: Collection[str]) -> list[str]:
    """The workers of services. Of notifications one process is both sides; of payments there are two workers."""
    found = []
    for service in services:
        found += [name for name in platform.names if name.startswith(f"{service}-worker")] or [f"{service}-web"]
    return found


WRITERS = [service for service in SERVICES if service != "reporting"]


@pytest.mark.parametrize(
    ("services", "others"),
    [
        pytest.param(WRITERS, [], id="who writes the parts", marks=in_long_form),
        pytest.param(list(SERVICES), [], id="who holds the moment too"),
        pytest.param([], ["reporting-web"], id="who was asked for it", marks=in_long_form),
        pytest.param([], ["gateway"], id="the gateway", marks=in_long_form),
        pytest.param([], ["rabbitmq"], id="the broker", marks=in_long_form),
        pytest.param([], ["postgres"], id="the database", marks=in_long_form),
    ],
)
def test_a_backup_becomes_whole_whoever_is_killed(
    platform: Platform, admin: Person, team: Team, services: list[str], others: list[str]
) -> None:
    payers = Payers(team, [team.active_loan()["id"] for _ in range(2)])
    with payers.paying():
        payers.wait_for_more(2)
        with holding_up(platform, services or WRITERS):
            begun = admin.post("/backup/create", {}).data["backupId"]
            eventually(lambda: are_writing(platform, services or WRITERS), seconds=60)
            for name in [*processes(platform, services), *others]:
                platform.kill(name)
        platform.wait_until_ready()
        backup = eventually(lambda: ended(admin, begun), seconds=300)
        payers.wait_for_more(2)
    assert (backup["status"], backup["error"]) == ("completed", None)
    assert_whole(admin.get(f"/backup/download/{begun}").accepted().body)
    admin.call("DELETE", f"/backup/{begun}").accepted()

"""Who writes a part of a backup is killed, and who holds its moment: the backup becomes whole all the same."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
    with ExitStack() as stack:
        for service in services:
            database = stack.enter_context(psycopg.connect(platform.admin_url, dbname="mp"))
            database.execute("SET idle_in_transaction_session_timeout = '60s'")
            database.execute(f"LOCK TABLE {service}.{TABLES[service]} IN ACCESS EXCLUSIVE MODE")
        yield


def are_writing(platform: Platform, services: list[str]) -> bool:
    with psycopg.connect(platform.admin_url, dbname="mp") as database:
        for service in services:
            query = f"SELECT count(*) FROM {service}.backup_tasks WHERE lease IS NOT NULL"
            if database.execute(query).fetchone() == (0,):
                return False
    return True


def ended(admin: Person, backup_id: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = [row for row in admin.get("/backup/list").data if row["id"] == backup_id]
    return found[0] if found[0]["status"] != "in_progress" else {}


@pytest.mark.parametrize(
    "victims",
    [
        pytest.param([service for service in SERVICES if service != "reporting"], id="who writes the parts"),
        pytest.param(list(SERVICES), id="who holds the moment too"),
    ],
)
def test_a_backup_whose_writers_are_killed_becomes_whole(
    platform: Platform, admin: Person, team: Team, victims: list[str]
) -> None:
    payers = Payers(team, [team.active_loan()["id"] for _ in range(2)])
    with payers.paying():
        payers.wait_for_more(2)
        with holding_up(platform, victims):
            begun = admin.post("/backup/create", {}).data["backupId"]
            eventually(lambda: are_writing(platform, victims), seconds=60)
            for service in victims:
                # Of notifications one process is both sides; of payments there are two workers.
                names = [name for name in platform.names if name.startswith(f"{service}-worker")]
                for name in names or [f"{service}-web"]:
                    platform.kill(name)
        backup = eventually(lambda: ended(admin, begun), seconds=300)
        payers.wait_for_more(2)
    assert (backup["status"], backup["error"]) == ("completed", None)
    assert_whole(admin.get(f"/backup/download/{begun}").accepted().body)
    admin.call("DELETE", f"/backup/{begun}").accepted()

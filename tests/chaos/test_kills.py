"""Every process is killed in the middle of a run of repayments; afterwards all parts agree, and nobody repaired it."""

import resource
from collections.abc import Callable
from decimal import Decimal

import psycopg
import pytest

from deploy.database.provision import SERVICES
from deploy.local.platform import Platform
from shared.messaging import bus
from shared.testing import eventually
from tests.chaos.payers import Payers
from tests.institution import Team, is_in_agreement, owed_and_paid, portfolio
from tests.long_form import ROUNDS

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

LOANS = 4
# The long form (`make chaos`) kills each victim again and again.
PAYMENTS = 10 * ROUNDS


def settled(platform: Platform) -> bool:
    """Whether everything told has been heard: outboxes, queues and deferred events are empty."""
    with psycopg.connect(platform.admin_url, dbname="mp") as database:
        for service in SERVICES:
            waiting = f"(SELECT count(*) FROM {service}.outbox WHERE published_at IS NULL)"
            row = database.execute(f"SELECT {waiting} + (SELECT count(*) FROM {service}.deferred_event)").fetchone()
            if row != (0,):
                return False
    return all(depth(platform, f"mp.{service}") == 0 for service in SERVICES)


def depth(platform: Platform, queue: str) -> int:
    with bus.connect(platform.broker.url) as broker, broker.channel() as channel:
        return int(channel.queue_declare(queue, passive=True).message_count)


def assert_agreement(platform: Platform, team: Team, payers: Payers) -> None:
    """Payments, lending and reporting tell the same story as those who paid."""
    eventually(lambda: settled(platform), seconds=60)
    assert [depth(platform, f"mp.{service}.dead") for service in SERVICES] == [0] * len(SERVICES)
    officer, supervisor = team.officer.again(), team.supervisor.again()
    owed = paid = Decimal(0)
    for loan_id, ledger in payers.ledgers.items():
        assert len(set(ledger.paid)) == len(ledger.paid)
        entries = officer.get("/repayments", loanId=loan_id).data
        assert sorted(row["id"] for row in entries if row["kind"] == "REPAYMENT") == sorted(ledger.paid)
        assert sorted(row["reversalOfId"] for row in entries if row["kind"] == "REVERSAL") == sorted(ledger.reversed)
        charges = officer.get(f"/loans/{loan_id}/charges").data
        assert sorted(row["id"] for row in charges) == sorted(ledger.charged)
        assert sorted(row["id"] for row in charges if row["status"] == "WAIVED") == sorted(ledger.waived)
        # A queue's depth does not count what a consumer holds unacknowledged, so the last effects may be on their way.
        eventually(lambda loan_id=loan_id: is_in_agreement(officer, loan_id), seconds=60)
        assert owed_and_paid(officer, loan_id) == (50000 + ledger.owed_more - ledger.repaid, ledger.repaid)
        owed, paid = owed + 50000 + ledger.owed_more - ledger.repaid, paid + ledger.repaid
    eventually(lambda: portfolio(supervisor) == (owed, paid), seconds=60)


def kill(name: str) -> Callable[[Platform], None]:
    return lambda platform: platform.kill(name)


TWO_WORKERS = ("payments-worker", "lending-worker")


def kill_without_file_handles(platform: Platform) -> None:
    """Two workers die while who watches over them may open no file, so that neither can be started again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        kill_in_vain(platform)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def kill_without_logs(platform: Platform) -> None:
    """Two workers die while the folder of their logs is away, which refuses their start."""
    away = platform.logs.rename(platform.logs.with_name("logs-away"))
    try:
        kill_in_vain(platform)
    finally:
        away.rename(platform.logs)


def kill_in_vain(platform: Platform) -> None:
    for name in TWO_WORKERS:
        platform.kill(name)
    eventually(lambda: platform.failures.keys() >= set(TWO_WORKERS), seconds=30)


def kill_with_template(platform: Platform) -> None:
    """A worker dies together with the process that it, and whatever takes its place, is a copy of."""
    for name in ("template", "lending-worker"):
        platform.kill(name)


VICTIMS = {
    "web of payments": kill("payments-web"),
    "worker of payments": kill("payments-worker"),
    "worker of lending": kill("lending-worker"),
    "worker of reporting": kill("reporting-worker"),
    "broker": kill("rabbitmq"),
    "database": kill("postgres"),
    "database, in good order": lambda platform: platform.restart("postgres"),
    "gateway": kill("gateway"),
    "template of the parts": kill("template"),
    "template of the parts, and one of them": kill_with_template,
    "two workers, and no file handle is left": kill_without_file_handles,
    "two workers, and their start is refused": kill_without_logs,
}


@pytest.mark.parametrize("strike", VICTIMS.values(), ids=VICTIMS.keys())
def test_nothing_is_lost_or_doubled_when_a_process_is_killed(strike, platform, team):
    payers = Payers(team, [team.active_loan()["id"] for _ in range(LOANS)])
    with payers.paying():
        for _ in range(ROUNDS):
            payers.wait_for_more(PAYMENTS // ROUNDS)
            strike(platform)
            payers.wait_for_more(PAYMENTS // ROUNDS)
    platform.wait_until_ready()
    assert_agreement(platform, team, payers)


def test_a_relay_killed_between_publishing_and_marking_doubles_nothing(platform, team):
    payers = Payers(team, [team.active_loan()["id"] for _ in range(LOANS)])
    eventually(lambda: settled(platform), seconds=60)
    with psycopg.connect(platform.admin_url, dbname="mp", autocommit=True) as database:
        database.execute(
            """
            CREATE FUNCTION public.hold_marking() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END $$;
            CREATE TRIGGER hold_marking BEFORE UPDATE ON payments.outbox
            FOR EACH ROW EXECUTE FUNCTION public.hold_marking()
            """
        )
        database.execute("SELECT pg_advisory_lock(4711)")
        with payers.paying():
            payers.wait_for_more(LOANS)
        for loan_id, ledger in payers.ledgers.items():
            eventually(lambda path=f"/loans/{loan_id}": team.officer.get(path).data["repayments"])
            assert ledger.paid
        for name in ("payments-worker", "payments-worker-2"):
            platform.kill(name)
        database.execute("SELECT pg_advisory_unlock(4711)")
        database.execute("DROP FUNCTION public.hold_marking CASCADE")
    platform.wait_until_ready()
    assert_agreement(platform, team, payers)

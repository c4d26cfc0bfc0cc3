"""How fast lending catches up on payments when many of the events build on loans it does not know (yet)."""

import secrets
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg
from kombu.entity import Exchange
from sqlalchemy import make_url

from deploy.database.provision import SERVICES, DatabaseUrls, Passwords, provision
from deploy.local.postgres import temporary_postgres
from deploy.seed.pages import Size
from deploy.seed.writer import write_book
from deploy.testing_broker import real_broker
from services.identity.__main__ import SERVICE as IDENTITY
from services.lending.__main__ import SERVICE as LENDING
from services.membership.__main__ import SERVICE as MEMBERSHIP
from services.payments.__main__ import SERVICE as PAYMENTS
from services.reporting.__main__ import SERVICE as REPORTING
from shared import migrations
from shared.clock import business_date
from shared.ids import new_id
from shared.messaging import bus
from shared.messaging.signatures import EventKeys, derive_keys

RECORDED = "payments.repayment.recorded.v1"
LOANS = 300
UNKNOWN_IN_EVERY = 3
PATIENCE_SECONDS = 300.0
ZONE = "Africa/Lagos"
_CONTRACT = PAYMENTS.folder / "contracts" / f"{RECORDED}.json"
# Handled, or put off for the first time.
_SEEN = "SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM deferred_event)"


def measure_missing_causes(events: int) -> float:
    """Let lending come back to so many repayments, one in three of them on a loan it does not know; events per second
    until each was handled or put off."""
    with (
        tempfile.TemporaryDirectory() as folder,
        temporary_postgres(Path(folder)) as admin_url,
        real_broker() as broker,
    ):
        passwords = {service: Passwords(secrets.token_hex(16), secrets.token_hex(16)) for service in SERVICES}
        urls = provision(admin_url, passwords)
        secret = secrets.token_hex(32)
        settings = _prepare(urls, broker.url, derive_keys(secret, "lending", SERVICES))
        database_url = (
            make_url(urls["lending"].running).set(drivername="postgresql").render_as_string(hide_password=False)
        )
        with psycopg.connect(database_url, autocommit=True) as database:
            loans = [row[0] for row in database.execute("SELECT id FROM loans WHERE status = 'ACTIVE' ORDER BY id")]
            _send(broker.url, list(_repayments(loans, events)), derive_keys(secret, "payments", SERVICES))
            worker = LENDING.make_worker(settings)
            started = time.monotonic()
            worker.start()
            try:
                while (seen := _count(database)) < events and time.monotonic() - started < PATIENCE_SECONDS:
                    # A row that is written tells nobody.
                    time.sleep(0.05)
                return seen / (time.monotonic() - started)
            finally:
                worker.stop()


def _prepare(urls: dict[str, DatabaseUrls], broker_url: str, keys: EventKeys) -> Any:
    """Schemas and a small book; returns the settings of lending."""
    surroundings = {
        "BROKER_URL": broker_url,
        "JWKS_URL": "",
        "INTERNAL_SECRET": secrets.token_hex(32),
        "ENVIRONMENT": "development",
        "BIND": "127.0.0.1:0",
        "BUS_SUBSCRIBERS": "lending",
        "LENDING_EVENT_KEYS": keys.to_text(),
    } | {f"{service.upper()}_DATABASE_URL": url.running for service, url in urls.items()}
    for service in (IDENTITY, MEMBERSHIP, LENDING, PAYMENTS, REPORTING):
        migrations.upgrade(service.folder / "migrations", urls[service.name].owner)
    write_book(
        {service: url.owner for service, url in urls.items()},
        Size(LOANS),
        password_hash="-",
        number=1,
        last_day=business_date(ZONE) - timedelta(days=1),
        zone=ZONE,
        audit_key=None,
        report=lambda _: None,
    )
    return LENDING.read_settings(surroundings)


def _repayments(loans: list[UUID], events: int) -> Iterator[tuple[str, str]]:
    """(id, envelope) of repayments that change no instalment; the versions of each account count on."""
    example = orjson.loads(_CONTRACT.read_bytes())["examples"][0]
    versions = dict.fromkeys(loans, 1000)
    for index in range(events):
        loan_id = new_id() if index % UNKNOWN_IN_EVERY == 0 else loans[index % len(loans)]
        version = versions[loan_id] = versions.get(loan_id, 0) + 1
        account = example["account"] | {"version": version, "instalments": [], "settled": False}
        data = example | {"repayment_id": new_id(), "loan_id": loan_id, "allocations": [], "account": account}
        envelope = {
            "id": new_id(), "type": RECORDED, "source": "payments", "aggregate_id": loan_id, "version": version,
            "occurred_at": "2026-04-01T10:00:00+00:00", "data": data,
        }  # fmt: skip
        yield str(envelope["id"]), orjson.dumps(envelope).decode()


def _send(broker_url: str, events: list[tuple[str, str]], keys: EventKeys) -> None:
    with bus.connect(broker_url) as broker:
        bus.declare(broker, "lending", LENDING.handlers.event_types)
        publisher = bus.publisher(broker, Exchange(""))
        for start in range(0, len(events), 200):
            batch = [
                bus.Message(event_id, "mp.lending", body, keys.sign(body)) for event_id, body in events[start:][:200]
            ]
            publisher.publish(batch)


def _count(database: psycopg.Connection) -> int:
    row = database.execute(_SEEN).fetchone()
    return row[0] if row else 0

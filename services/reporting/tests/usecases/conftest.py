"""Fixtures of a trail that is forged and verified."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.reporting.__main__ import SERVICE
from services.reporting.tests.conftest import AUDIT_KEY
from services.reporting.tests.events import NOON, audit_event
from services.reporting.tests.forgery import hear
from shared.cli import main

GUARDS = {
    "audit_entries_keyed_check": "key_id IS NOT NULL",
    "audit_entries_chained_check": "batch > 0 AND key_id IS NOT NULL OR batch = 0 AND sequence <= 0",
}


@pytest.fixture
def forger(superuser):
    superuser.execute("SET search_path = reporting")
    return superuser


@pytest.fixture
def unguarded(forger):
    """The database takes entries without a key and outside a batch, as that of earlier releases."""
    for name in GUARDS:
        forger.execute(f"ALTER TABLE audit_entries DROP CONSTRAINT {name}")
    yield
    forger.execute("TRUNCATE audit_entries")
    for name, condition in GUARDS.items():
        forger.execute(f"ALTER TABLE audit_entries ADD CONSTRAINT {name} CHECK ({condition})")


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "anchors" / "audit-anchors"


@pytest.fixture
def a_trail(sessions):
    """Six entries."""
    hear(sessions, *[audit_event("LOAN_CREATED", at=NOON + timedelta(minutes=number)) for number in range(6)])


@pytest.fixture
def verify_audit(settings, monkeypatch, capsys, file):
    """Run `python -m services.reporting verify-audit`; returns its exit status and what it says."""

    def run(*arguments: str, keys: str = AUDIT_KEY) -> tuple[int, str]:
        for name in ("database_url", "broker_url", "jwks_url", "internal_secret", "environment"):
            monkeypatch.setenv(f"REPORTING_{name.upper()}", getattr(settings, name))
        monkeypatch.setenv("REPORTING_AUDIT_KEYS", keys)
        monkeypatch.setenv("REPORTING_AUDIT_ANCHOR_FILE", str(file))
        try:
            main(SERVICE, ["verify-audit", *arguments])
        except SystemExit as ended:
            said = capsys.readouterr().out
            return (ended.code, said) if isinstance(ended.code, int) else (1, str(ended.code))
        return 0, capsys.readouterr().out

    return run

"""Fixtures of membership's tests."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.membership.__main__ import SERVICE
from services.membership.models import Member, Union
from services.membership.usecases.members import create_member
from services.membership.usecases.unions import create_union
from shared import tally
from shared.db import Sessions, UnitOfWork, unit_of_work
from shared.testing import Fixtures, SignedIn

fixtures = Fixtures(SERVICE)
database, settings, sessions = fixtures.database, fixtures.settings, fixtures.sessions
uow, app, client, sign_in = fixtures.uow, fixtures.app, fixtures.client, fixtures.sign_in
statements = fixtures.statements

AT = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
TODAY = date(2026, 3, 11)


@pytest.fixture
def a_union(sessions: Sessions, admin: SignedIn, officer: SignedIn) -> Callable[..., Union]:
    """Makes a committed union, by default of `officer`."""

    def make(**facts: Any) -> Union:
        facts = {"name": "Market Women", "location": "Surulere", "officer_id": officer.id, "at": AT} | facts
        with unit_of_work(sessions, "membership") as made:
            return create_union(made, by=admin.actor, **facts)

    return make


@pytest.fixture
def a_member(sessions: Sessions, admin: SignedIn, a_union: Callable[..., Union]) -> Callable[..., Member]:
    """Makes a committed member, by default of a new union."""

    def make(**facts: Any) -> Member:
        union_id = facts.pop("union_id", None) or a_union().id
        facts = {"first_name": "Ada", "last_name": "Obi", "union_id": union_id, "at": AT, "today": TODAY} | facts
        with unit_of_work(sessions, "membership") as made:
            return create_member(made, by=admin.actor, **facts)

    return make


def counted(uow: UnitOfWork, subject: str, *owners: UUID) -> list[int]:
    """How many of a subject the tally knows for each owner."""
    return [tally.total(uow.connection, subject, [owner]) for owner in owners]


def audited(uow: UnitOfWork) -> list[str]:
    """The actions of the audit entries this unit of work leaves."""
    return [entry["action"] for entry in audit_entries(uow)]


def audit_entries(uow: UnitOfWork) -> list[dict[str, Any]]:
    """The audit entries this unit of work leaves, as they travel."""
    return [json.loads(envelope.to_json())["data"] for envelope in uow.published if ".audit." in envelope.type]

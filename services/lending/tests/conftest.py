"""Fixtures of lending's tests."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from services.lending.__main__ import SERVICE
from services.lending.domain.application import Application, CreateFlow
from services.lending.domain.conditions import OVERRIDABLE
from services.lending.domain.terms import TermUnit
from services.lending.models import Loan
from services.lending.usecases.application import create_loan
from shared.context import Actor
from shared.db import Sessions, UnitOfWork, unit_of_work
from shared.directory.tables import directory_member, directory_union
from shared.ids import new_id
from shared.testing import Fixtures, SignedIn

fixtures = Fixtures(SERVICE)
database, settings, sessions = fixtures.database, fixtures.settings, fixtures.sessions
uow, app, client, sign_in = fixtures.uow, fixtures.app, fixtures.client, fixtures.sign_in
statements = fixtures.statements

AT = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
TODAY = date(2026, 3, 11)


@dataclass(frozen=True, slots=True)
class Member:
    """A member in the directory, with who is responsible for them."""

    id: UUID
    union_id: UUID
    officer: SignedIn


@pytest.fixture
def a_union(sessions: Sessions, officer: SignedIn) -> Callable[..., UUID]:
    """Makes a union in the directory, by default of `officer`."""

    def make(of: SignedIn = officer, name: str = "Market Women") -> UUID:
        row = {
            "id": new_id(), "name": name, "location": "Surulere", "address": None, "officer_id": of.id,
            "is_deleted": False, "created_at": AT, "updated_at": AT, "version": 1,
        }  # fmt: skip
        with sessions.begin() as session:
            session.execute(insert(directory_union).values(row))
        return row["id"]

    return make


@pytest.fixture
def a_member(sessions: Sessions, officer: SignedIn, a_union: Callable[..., UUID]) -> Callable[..., Member]:
    """Makes a member in the directory, by default in a new union of `officer`."""
    made = iter(range(1, 1000))

    def make(
        of: SignedIn = officer, first_name: str = "Ada", last_name: str = "Obi", union: UUID | None = None
    ) -> Member:
        code = f"MEM{next(made):06d}"
        row = {
            "id": new_id(), "code": code, "first_name": first_name, "last_name": last_name, "email": None,
            "phone": None, "union_id": union or a_union(of), "is_deleted": False, "version": 1,
            "search": f"{code} {first_name} {last_name}".lower(),
            "details": {
                "gender": "female", "date_of_birth": "1990-02-28", "is_verified": True,
                "created_at": "2026-03-01T08:00:00+00:00", "updated_at": "2026-03-01T08:00:00+00:00",
            },
        }  # fmt: skip
        with sessions.begin() as session:
            session.execute(insert(directory_member).values(row))
        return Member(row["id"], row["union_id"], of)

    return make


@pytest.fixture
def work(sessions: Sessions) -> Callable[[], AbstractContextManager[UnitOfWork]]:
    """Opens a unit of work that commits."""
    return lambda: unit_of_work(sessions, "lending")


def an_application(member_id: UUID, **facts: Any) -> Application:
    """An application for 50,000 over 12 months, in the four fields that are required, with changes and wishes."""
    asked = {"principal": Decimal("50000.00"), "term_count": 12, "term_unit": TermUnit.MONTH}
    wishes = {name: facts.pop(name) for name in OVERRIDABLE if name in facts}
    return Application(member_id=member_id, wishes=wishes, **(asked | facts))


def apply(uow: UnitOfWork, by: Actor, application: Application, flow: CreateFlow = CreateFlow.DRAFT) -> Loan:
    """Create a loan on the day of these tests."""
    loan = create_loan(uow, application, flow=flow, by=by, at=AT, today=TODAY)
    uow.session.flush()
    return loan

"""Fixtures of the tests over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.lending.tests.conftest import Member
from shared.testing import SignedIn


@pytest.fixture
def applied(client: FlaskClient, a_member: Callable[..., Member]) -> Callable[..., dict[str, Any]]:
    """Applies for 50,000 over 12 months, by default as the officer of a new member."""

    def apply(by: SignedIn | None = None, member: Member | None = None, **more: Any) -> dict[str, Any]:
        member = member or a_member()
        body = {"unionMemberId": str(member.id), "principalAmount": 50000, "termCount": 12, "termUnit": "MONTH"}
        answer = client.post("/loans", json=body | more, headers=(by or member.officer).headers)
        assert answer.status_code == 201, answer.json
        data: dict[str, Any] = answer.json["data"]
        return data

    return apply

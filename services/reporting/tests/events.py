"""Events as the other services publish them, for tests: only what a test varies is named."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.reporting import consumers
from services.reporting.consumers import TrailKey, handlers
from services.reporting.usecases.on_time import make_next_sums
from services.reporting.usecases.trail import link_batches
from shared.clock import business_date
from shared.db import Sessions
from shared.ids import new_id
from shared.messaging.delivery import deliver
from shared.messaging.events import Envelope, in_json

NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)
_FEE = {"kind": "FEE", "due_on": "2026-04-01", "amount": "15.00", "recorded_at": "2026-04-01T09:00:00Z"}
_ABOUT = {"charge.added": _FEE, "charge.waived": _FEE, "account.replayed": {"repayments": []}}


def hear(sessions: Sessions, *events: Envelope) -> None:
    """Let reporting handle events, all in one transaction."""
    deliver(sessions, handlers, events)


def link(sessions: Sessions) -> int:
    """Link what was taken in, as a timer of the worker does; returns how many batches."""
    with sessions.begin() as session:
        return link_batches(session.connection(), TrailKey.of_this_process())


def make_sums(sessions: Sessions, last: date) -> list[date]:
    """Make all sums until a day, as a timer of the worker does; returns the last days that were made at once."""
    ends = []
    while True:
        with sessions.begin() as session:
            end = make_next_sums(session.connection(), last=last)
        if end is None:
            return ends
        ends.append(end)


def hear_on(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    """Let events be heard on this day, whatever the clock says."""

    def of(zone: str, at: datetime | None = None) -> date:
        return business_date(zone, at) if at else day

    monkeypatch.setattr(consumers, "business_date", of)


def event(type_: str, aggregate_id: UUID, version: int, data: dict[str, Any], at: datetime = NOON) -> Envelope:
    source = type_.partition(".")[0]
    return Envelope(new_id(), type_, source, aggregate_id, version, at, None, None, None, in_json(data))


def union_event(step: str, union_id: UUID, officer_id: UUID, version: int = 1) -> Envelope:
    data = {
        "union_id": str(union_id), "name": "Unity", "location": None, "address": None, "officer_id": str(officer_id),
        "created_at": NOON.isoformat(), "updated_at": NOON.isoformat(),
    }  # fmt: skip
    return event(f"membership.union.{step}.v1", union_id, version, data)


def member_event(
    step: str, member_id: UUID, union_id: UUID, version: int = 1, *, verified: bool = True, at: datetime = NOON
) -> Envelope:
    data = {
        "member_id": str(member_id), "code": "MEM000001", "first_name": "Bola", "last_name": "Ade",
        "union_id": str(union_id), "details": {"is_verified": verified, "created_at": at.isoformat(), "phone": None},
    }  # fmt: skip
    return event(f"membership.member.{step}.v1", member_id, version, data)


def loan_event(step: str, loan_id: UUID, union_id: UUID, version: int, status: str, **facts: str | None) -> Envelope:
    data = {
        "loan_id": str(loan_id), "union_id": str(union_id), "status": status, "principal": "50000.00",
        "interest_total": "0.00", "created_at": NOON.isoformat(), "disbursed_on": None,
        "loan_number": "LN00000001", "member_id": str(loan_id),
    }  # fmt: skip
    return event(f"lending.loan.{step}.v1", loan_id, version, data | facts)


def disbursed_loan(loan_id: UUID, union_id: UUID, **facts: str | None) -> list[Envelope]:
    """The events of a loan from its draft to its disbursement."""
    return [
        loan_event("created", loan_id, union_id, 1, "DRAFT", **facts),
        loan_event("submitted", loan_id, union_id, 2, "PENDING_APPROVAL", **facts),
        loan_event("approved", loan_id, union_id, 3, "APPROVED", **facts),
        loan_event("disbursed", loan_id, union_id, 4, "ACTIVE", **({"disbursed_on": "2026-03-11"} | facts)),
    ]


def repayment_event(
    loan_id: UUID,
    version: int,
    *,
    amount: str,
    paid: str,
    outstanding: str,
    paid_on: str = "2026-04-11",
    union_id: UUID | None = None,
) -> Envelope:
    repayment_id = new_id()
    data = {
        "repayment_id": str(repayment_id), "loan_id": str(loan_id), "amount": amount, "paid_on": paid_on,
        "union_id": str(union_id or loan_id), "recorded_at": NOON.isoformat(), "allocations": [],
        "account": _account(version, paid, outstanding),
    }  # fmt: skip
    return event("payments.repayment.recorded.v1", repayment_id, 1, data)


def _account(version: int, paid: str, outstanding: str) -> dict[str, Any]:
    return {"version": version, "paid": paid, "outstanding": outstanding, "outstanding_principal": outstanding}


def account_event(type_: str, loan_id: UUID, version: int, **details: Any) -> Envelope:
    """Any other event of payments about an account, with `paid` and `outstanding`."""
    account = _account(version, details.pop("paid"), details.pop("outstanding"))
    data = {"loan_id": str(loan_id), "account": account} | _ABOUT.get(type_, {}) | details
    if type_.startswith("charge."):
        data = {"charge_id": str(new_id())} | data
    return event(f"payments.{type_}.v1", loan_id, version, data)


def reversal_event(
    loan_id: UUID, version: int, *, amount: str, paid: str, outstanding: str, union_id: UUID | None = None
) -> Envelope:
    """The reversal of some repayment, in June."""
    facts = {
        "reversal_id": str(new_id()), "repayment_id": str(new_id()), "amount": amount, "paid_on": "2026-06-01",
        "union_id": str(union_id or loan_id),
        "recorded_at": "2026-06-01T09:00:00Z",
    }  # fmt: skip
    return account_event("repayment.reversed", loan_id, version, paid=paid, outstanding=outstanding, **facts)


def audit_event(
    action: str = "LOAN_CREATED",
    entity_name: str = "Loan",
    *,
    actor_id: UUID | None = None,
    at: datetime = NOON,
    source: str = "lending",
    **more: Any,
) -> Envelope:
    audit_id = new_id()
    data = {
        "audit_id": str(audit_id), "actor_id": str(actor_id) if actor_id else None, "actor_email": None,
        "actor_role": None, "action": action, "entity_name": entity_name, "entity_id": str(new_id()), "before": None,
        "after": {"status": "DRAFT", "principalAmount": "50000.00"}, "metadata": {"method": "POST"},
        "ip_address": "10.0.0.7", "user_agent": "Firefox",
    }  # fmt: skip
    return event(f"{source}.audit.recorded.v1", audit_id, 1, data | more, at)


def login_event(user_id: UUID, count: int, at: datetime = NOON) -> Envelope:
    session_id = new_id()
    data = {
        "session_id": str(session_id), "user_id": str(user_id), "started_at": at.isoformat(),
        "expires_at": at.isoformat(), "login_count": count,
    }  # fmt: skip
    return event("identity.session.started.v1", session_id, 1, data)

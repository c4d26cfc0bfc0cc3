"""Nobody makes, approves and pays out a loan alone, by whatever way they ask."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from services.lending.models import Loan
from services.lending.tests.conftest import Member
from shared.clock import now
from shared.context import Role
from shared.db import Sessions
from shared.directory.tables import directory_staff
from shared.institution import keep_settings
from shared.testing import SignedIn, SigningKey

COMPLETE = {"startDate": "2026-03-01", "processingFeeAmount": 0, "penaltyFeePerDayAmount": 0}
TERMS = {"principalAmount": 900_000, "termCount": 12, "termUnit": "MONTH"}
FOUR_EYES, OWN_OFFICER = (403, "four-eyes-needed"), (403, "own-officer")


@pytest.fixture
def institution(sessions: Sessions) -> Callable[..., None]:
    """Lets the institution change its settings."""
    versions = iter(range(1, 100))

    def change(**settings: Any) -> None:
        off = {"separationDays": 0, "fourEyes": False, "fourEyesAmount": "0.00"}
        with sessions.begin() as session:
            keep_settings(session.connection(), off | settings, next(versions))

    return change


@pytest.fixture
def call(client: FlaskClient) -> Callable[..., Any]:
    """Asks as somebody; what came back as (status, code or status of the loan)."""

    def ask(who: SignedIn, method: str, path: str, **body: Any) -> tuple[int, str]:
        answer = client.open(path, method=method, headers=who.headers, json=body)
        data = answer.json.get("data")
        return answer.status_code, answer.json.get("code") or (data or {}).get("status")

    return ask


@pytest.fixture
def apply_for(client: FlaskClient, a_member: Callable[..., Member]) -> Callable[..., str]:
    """Has somebody apply for a loan; its path."""

    def apply(who: SignedIn, **terms: Any) -> str:
        body = TERMS | {"unionMemberId": str(a_member().id)} | terms
        return f"/loans/{client.post('/loans', headers=who.headers, json=body).json['data']['id']}"

    return apply


@pytest.fixture
def second_admin(sign_in: Callable[..., SignedIn]) -> SignedIn:
    return sign_in(Role.ADMIN)


@pytest.fixture
def third_admin(sign_in: Callable[..., SignedIn]) -> SignedIn:
    return sign_in(Role.ADMIN)


@pytest.fixture
def acting(signing_key: SigningKey) -> Callable[[SignedIn, SignedIn], SignedIn]:
    """An admin acting as somebody else."""

    def act(admin: SignedIn, other: SignedIn) -> SignedIn:
        actor = replace(other.actor, impersonator_id=admin.id)
        token = signing_key.token(actor, imp=str(admin.id))
        return SignedIn(actor, {"Authorization": f"Bearer {token}"})

    return act


def came_from(sessions: Sessions, officer: SignedIn, days_ago: int = 1, **origin: Any) -> None:
    """Let the account of an officer be made, or its password be set, by somebody."""
    when = now() - timedelta(days=days_ago)
    with sessions.begin() as session:
        values = {"created_at": when, "password_set_at": when} | origin
        session.execute(update(directory_staff).where(directory_staff.c.id == officer.id).values(**values))


def test_a_loan_needs_three_people_above_the_amount(
    institution: Any, call: Any, apply_for: Any, admin: SignedIn, second_admin: SignedIn, third_admin: SignedIn
) -> None:
    institution(fourEyes=True, fourEyesAmount="100000.00")
    path = apply_for(admin)
    assert call(admin, "PATCH", f"{path}/submit") == (200, "PENDING_APPROVAL")
    assert call(admin, "PATCH", f"{path}/approve") == FOUR_EYES
    assert call(second_admin, "PATCH", f"{path}/approve") == (200, "APPROVED")
    assert call(second_admin, "POST", f"{path}/disburse") == FOUR_EYES
    assert call(admin, "POST", f"{path}/disburse") == FOUR_EYES
    assert call(third_admin, "POST", f"{path}/disburse") == (200, "ACTIVE")
    small = apply_for(admin, principalAmount=100_000, submit=True)
    assert call(admin, "PATCH", f"{small}/approve") == (200, "APPROVED")
    assert call(admin, "POST", f"{small}/disburse") == (200, "ACTIVE")


def test_every_way_to_approve_or_to_pay_out_is_covered(
    institution: Any, call: Any, apply_for: Any, admin: SignedIn, second_admin: SignedIn
) -> None:
    institution(fourEyes=True)
    draft, submitted = apply_for(admin), apply_for(admin, submit=True)
    assert call(admin, "PUT", f"{draft}/status", status="APPROVED") == FOUR_EYES
    assert call(admin, "PUT", f"{submitted}/status", status="APPROVED") == FOUR_EYES
    # Lowered below the amount on the way it is still the loan that was asked for.
    institution(fourEyes=True, fourEyesAmount="1000.00")
    lower = {"principalAmount": 900, "notes": "Less"}
    assert call(admin, "PATCH", f"{submitted}/approve", **lower) == FOUR_EYES
    assert call(second_admin, "PUT", f"{submitted}/status", status="APPROVED") == (200, "APPROVED")
    assert call(second_admin, "PUT", f"{submitted}/status", status="ACTIVE") == FOUR_EYES
    assert call(admin, "PUT", f"{submitted}/status", status="ACTIVE") == FOUR_EYES


def test_an_approval_by_status_leaves_no_schedule_that_a_payment_could_disburse(
    institution: Any, call: Any, apply_for: Any, client: FlaskClient, admin: SignedIn, officer: SignedIn
) -> None:
    institution(fourEyes=True)
    path = apply_for(officer, submit=True)
    assert call(admin, "PUT", f"{path}/status", status="APPROVED") == (200, "APPROVED")
    # Nor can one be made by itself.
    assert call(admin, "POST", "/loans/generate-missing-schedules")[0] == 200
    assert call(admin, "POST", path.replace("/loans/", "/loans/regenerate-schedule/"))[0] == 409
    assert client.get(f"{path}/schedule", headers=admin.headers).json["data"] == []


def test_an_admins_one_step_creation_waits_for_somebody_else(
    institution: Any,
    call: Any,
    apply_for: Any,
    client: FlaskClient,
    sessions: Sessions,
    admin: SignedIn,
    officer: SignedIn,
) -> None:
    def created() -> str:
        return str(client.get(apply_for(admin, **COMPLETE), headers=admin.headers).json["data"]["status"])

    assert created() == "ACTIVE"
    institution(fourEyes=True)
    assert created() == "PENDING_APPROVAL"
    institution(separationDays=90)
    assert created() == "ACTIVE"
    came_from(sessions, officer, created_by=admin.id)
    assert created() == "PENDING_APPROVAL"


def test_who_raises_a_loan_has_made_it_and_none_is_raised_once_it_is_approved(
    institution: Any, call: Any, apply_for: Any, admin: SignedIn, second_admin: SignedIn, officer: SignedIn
) -> None:
    institution(fourEyes=True, fourEyesAmount="100000.00")
    path = apply_for(officer, principalAmount=50_000, submit=True)
    assert call(admin, "PUT", path, principalAmount=900_000)[0] == 200
    assert call(admin, "PATCH", f"{path}/approve") == FOUR_EYES
    assert call(second_admin, "PATCH", f"{path}/approve") == (200, "APPROVED")
    small = apply_for(admin, principalAmount=50_000, **COMPLETE)
    assert call(admin, "PUT", small, principalAmount=900_000) == FOUR_EYES
    assert call(admin, "PUT", small, principalAmount=60_000)[0] == 200


def test_who_acts_as_somebody_else_stays_who_they_are(
    institution: Any, call: Any, apply_for: Any, acting: Any, admin: SignedIn, officer: SignedIn, supervisor: SignedIn
) -> None:
    institution(fourEyes=True)
    path = apply_for(acting(admin, officer), submit=True)
    assert call(admin, "PATCH", f"{path}/approve") == FOUR_EYES


def test_a_new_schedule_is_proposed_by_one_and_decided_by_another(
    institution: Any, call: Any, apply_for: Any, client: FlaskClient, admin: SignedIn, second_admin: SignedIn
) -> None:
    path = apply_for(admin, **COMPLETE)
    institution(fourEyes=True)
    body = {"fromDate": "2026-05-20", "termCount": 20, "termUnit": "WEEK"}
    proposal = client.post(f"{path}/reschedules", headers=admin.headers, json=body).json["data"]["id"]
    assert call(admin, "PATCH", f"{path}/reschedules/{proposal}/approve") == FOUR_EYES
    assert call(second_admin, "PATCH", f"{path}/reschedules/{proposal}/approve")[0] == 200


# Every route of lending that changes a loan, and what keeps the person away who made or knows its officer.
DECISIONS = {
    "PATCH /loans/<uuid:loan_id>/approve": ("submitted", {}),
    "PATCH /loans/<uuid:loan_id>/reject": ("submitted", {"notes": "No"}),
    "PUT /loans/<uuid:loan_id>/status": ("submitted", {"status": "APPROVED"}),
    "POST /loans/<uuid:loan_id>/disburse": ("approved", {}),
    "PATCH /loans/<uuid:loan_id>/undo-approval": ("approved", {}),
    "PATCH /loans/<uuid:loan_id>/undo-disbursement": ("active", {}),
    "PUT /loans/<uuid:loan_id>": ("active", {"principalAmount": 900_001}),
    "PATCH /loans/<uuid:loan_id>/reschedules/<uuid:reschedule_id>/approve": ("rescheduled", {}),
    "PATCH /loans/<uuid:loan_id>/reschedules/<uuid:reschedule_id>/reject": ("rescheduled", {"notes": "No"}),
}
STATUSES = {
    "submitted": ("APPROVED", "CANCELED"),
    "approved": ("ACTIVE", "CANCELED"),
    "active": ("DEFAULTED", "WRITTEN_OFF"),
}
# These hand out nothing: they apply, propose, write down again what was agreed, or take a loan away that nothing was
# ever paid on; the one that may go further stops at the decision.
HARMLESS = {
    "POST /loans",
    "DELETE /loans/<uuid:loan_id>",
    "POST /loans/<uuid:loan_id>/assign",
    "PATCH /loans/<uuid:loan_id>/submit",
    "POST /loans/<uuid:loan_id>/reschedules",
    "POST /loans/<uuid:loan_id>/reschedules/preview",
    "POST /loans/schedule-preview",
    "POST /loans/generate-missing-schedules",
    "POST /loans/regenerate-schedule/<uuid:loan_id>",
}


def test_every_route_that_changes_a_loan_is_a_decision_or_hands_out_nothing(app: Flask) -> None:
    routes = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        if rule.rule.startswith("/loans")
    }
    assert routes == DECISIONS.keys() | HARMLESS


@pytest.fixture
def loan_in(apply_for: Any, call: Any, client: FlaskClient, second_admin: SignedIn) -> Callable[..., tuple[str, str]]:
    """A loan of the officer's that has come so far, and the proposal there is for it."""

    def make(officer: SignedIn, stage: str) -> tuple[str, str]:
        path, proposal = apply_for(officer, submit=True), ""
        if stage != "submitted":
            assert call(second_admin, "PATCH", f"{path}/approve")[0] == 200
        if stage in ("active", "rescheduled"):
            assert call(second_admin, "POST", f"{path}/disburse", disbursedAt="2026-03-01")[0] == 200
        if stage == "rescheduled":
            body = {"fromDate": "2026-05-20", "termCount": 20, "termUnit": "WEEK"}
            answer = client.post(f"{path}/reschedules", headers=officer.headers, json=body)
            proposal = answer.json["data"]["id"]
        return path, proposal

    return make


@pytest.mark.parametrize("route", sorted(DECISIONS))
def test_nobody_decides_on_the_loans_of_an_officer_whom_they_made(
    institution: Any, call: Any, loan_in: Any, sessions: Sessions, admin: SignedIn, officer: SignedIn, route: str
) -> None:
    stage, body = DECISIONS[route]
    path, proposal = loan_in(officer, stage)
    institution(separationDays=90)
    came_from(sessions, officer, created_by=admin.id)
    method, _, rest = route.partition(" ")
    target = path + rest.removeprefix("/loans/<uuid:loan_id>").replace("<uuid:reschedule_id>", proposal)
    assert call(admin, method, target, **body) == OWN_OFFICER


@pytest.mark.parametrize(("stage", "status"), [(stage, status) for stage in STATUSES for status in STATUSES[stage]])
def test_nor_by_asking_for_a_status(
    institution: Any,
    call: Any,
    loan_in: Any,
    sessions: Sessions,
    admin: SignedIn,
    officer: SignedIn,
    stage: str,
    status: str,
) -> None:
    path, _ = loan_in(officer, stage)
    institution(separationDays=90)
    came_from(sessions, officer, password_set_by=admin.id)
    assert call(admin, "PUT", f"{path}/status", status=status, notes="So") == OWN_OFFICER


def test_others_decide_and_time_heals_it(
    institution: Any, call: Any, loan_in: Any, acting: Any, sessions: Sessions, admin: SignedIn, officer: SignedIn,
    third_admin: SignedIn,
) -> None:  # fmt: skip
    institution(separationDays=90)
    path, _ = loan_in(officer, "submitted")
    came_from(sessions, officer, created_by=admin.id)
    assert call(acting(admin, third_admin), "PATCH", f"{path}/approve") == OWN_OFFICER
    assert call(third_admin, "PATCH", f"{path}/approve")[0] == 200
    came_from(sessions, officer, days_ago=91, created_by=admin.id, password_set_by=admin.id)
    assert call(admin, "POST", f"{path}/disburse")[0] == 200


def test_a_loan_of_the_release_before_counts_for_who_applied_and_who_approved(
    institution: Any, call: Any, loan_in: Any, sessions: Sessions, second_admin: SignedIn, officer: SignedIn
) -> None:
    path, _ = loan_in(officer, "approved")
    with sessions.begin() as session:
        session.execute(update(Loan).values(makers=[], approver_id=None))
    institution(fourEyes=True)
    assert call(second_admin, "POST", f"{path}/disburse") == FOUR_EYES


def test_where_it_is_off_one_admin_does_it_all(call: Any, apply_for: Any, admin: SignedIn) -> None:
    path = apply_for(admin, submit=True)
    assert call(admin, "PUT", f"{path}/status", status="APPROVED") == (200, "APPROVED")
    assert call(admin, "PUT", f"{path}/status", status="ACTIVE") == (200, "ACTIVE")

"""What officers did, by the audit trail."""

from datetime import date, timedelta

import pytest

from services.reporting.api import activity
from services.reporting.tests.events import NOON, audit_event, hear
from shared.context import Role


@pytest.fixture(autouse=True)
def _in_march(monkeypatch):
    """Without a period it is that up to today."""
    monkeypatch.setattr(activity, "today", lambda: date(2026, 3, 15))


@pytest.fixture
def trail(sessions, officer, stranger, supervisor):
    """The officer did three things on two days, the stranger and the supervisor one each."""
    hear(
        sessions,
        audit_event("LOAN_CREATED", actor_id=officer.id, at=NOON),
        audit_event("LOAN_CREATED", actor_id=officer.id, at=NOON + timedelta(minutes=1)),
        # Half past eleven in the evening UTC is past midnight in Lagos.
        audit_event("REPAYMENT_CREATED", actor_id=officer.id, at=NOON + timedelta(hours=11, minutes=30)),
        audit_event("LOAN_CREATED", actor_id=stranger.id, at=NOON),
        audit_event("LOAN_APPROVED", actor_id=supervisor.id, at=NOON),
    )


@pytest.mark.usefixtures("trail")
def test_a_team_is_shown_by_officer_and_by_day(get, supervisor, officer):
    answer = get("/supervisor-reports/activity", supervisor)
    (line,) = answer["byOfficer"]
    assert line["officerId"] == str(officer.id)
    assert line["counts"] == {"LOAN_CREATED": 2, "REPAYMENT_CREATED": 1}
    assert line["lastActionAt"] == "2026-03-11T23:30:00.000Z"
    assert len(answer["daily"]) == 30
    assert (answer["daily"][0]["date"], answer["daily"][-1]["date"]) == (
        "2026-02-14T00:00:00.000Z", "2026-03-15T00:00:00.000Z"
    )  # fmt: skip
    busy = {day["date"][:10]: day["total"] for day in answer["daily"] if day["total"]}
    assert busy == {"2026-03-11": 2, "2026-03-12": 1}
    assert answer["data"] == {"byOfficer": answer["byOfficer"], "daily": answer["daily"]}
    assert answer["success"] is True


@pytest.mark.usefixtures("trail")
def test_the_sums_by_officer_and_by_day_agree(get, admin):
    answer = get("/supervisor-reports/activity", admin)
    by_officer = sum(sum(line["counts"].values()) for line in answer["byOfficer"])
    assert by_officer == sum(day["total"] for day in answer["daily"]) == 4


@pytest.mark.usefixtures("trail")
def test_an_admin_sees_all_officers_or_a_team_and_a_supervisor_their_own(get, admin, supervisor, officer, sign_in):
    assert len(get("/supervisor-reports/activity", admin)["byOfficer"]) == 2
    team = get("/supervisor-reports/activity", admin, supervisorId=str(supervisor.id))
    assert [line["officerId"] for line in team["byOfficer"]] == [str(officer.id)]
    other = sign_in(Role.SUPERVISOR)
    assert get("/supervisor-reports/activity", other, supervisorId=str(supervisor.id))["byOfficer"] == []


@pytest.mark.usefixtures("trail")
def test_who_did_nothing_in_the_period_is_shown_with_nothing(get, supervisor, officer):
    answer = get("/supervisor-reports/activity", supervisor, periodStart="2026-03-13", periodEnd="2026-03-14")
    (line,) = answer["byOfficer"]
    assert (line["counts"], line["lastActionAt"]) == ({}, None)
    assert [day["total"] for day in answer["daily"]] == [0, 0]


@pytest.mark.usefixtures("trail")
def test_both_ends_of_the_period_are_in(get, supervisor):
    at = "2026-03-11T12:00:00.000Z"
    answer = get("/supervisor-reports/activity", supervisor, periodStart=at, periodEnd=at)
    assert [day["total"] for day in answer["daily"]] == [1]


@pytest.mark.parametrize(
    "period",
    [
        {"periodStart": "2026-03-12", "periodEnd": "2026-03-11"},
        {"periodStart": "2025-03-11", "periodEnd": "2026-03-12"},
        {"periodStart": "2027-03-11"},
        {"periodEnd": "soon"},
    ],
)
def test_a_period_upside_down_or_too_long_is_refused(get, admin, sessions, period):
    answer = get("/supervisor-reports/activity", admin, status=400, **period)
    assert [error["field"] for error in answer["errors"]] == ["periodEnd"]
    assert answer["error"] == "Validation failed"


def test_a_year_is_not_too_long(get, admin, sessions):
    answer = get("/supervisor-reports/activity", admin, periodStart="2025-03-12", periodEnd="2026-03-12")
    assert len(answer["daily"]) == 366


def test_an_officer_may_not_see_what_others_do(get, officer, sessions):
    assert get("/supervisor-reports/activity", officer, status=403)["success"] is False

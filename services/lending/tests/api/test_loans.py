"""Loans over HTTP: shapes, roles, scope, pages, filters and bad input."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from sqlalchemy import func, select

from services.lending.models import Loan
from services.lending.queries import accounts
from services.lending.tests.conftest import AT, Member
from shared.context import Role
from shared.db import Sessions
from shared.ids import new_id
from shared.testing import SignedIn

COMPLETE = {"startDate": "2026-03-01", "processingFeeAmount": 500, "penaltyFeePerDayAmount": 0}


@pytest.fixture
def active(applied: Callable[..., dict[str, Any]], admin: SignedIn) -> dict[str, Any]:
    """A loan active since 1 March 2026."""
    return applied(by=admin, **COMPLETE)


def listed(client: FlaskClient, who: SignedIn, **query: Any) -> list[str]:
    answer = client.get("/loans", query_string=query, headers=who.headers)
    assert answer.status_code == 200, answer.json
    assert answer.json["pagination"]["total"] == len(answer.json["data"])
    return [loan["id"] for loan in answer.json["data"]]


def test_the_seeds_four_fields_make_a_draft(client: FlaskClient, applied: Callable[..., dict[str, Any]]) -> None:
    loan = applied()
    assert loan["status"] == "DRAFT"
    assert re.fullmatch(r"LN\d{8}", loan["loanNumber"])
    assert (loan["principalAmount"], loan["interestRate"]) == ("50000.00", "0.00")
    assert (loan["customer"]["phone"], loan["unionMember"]["phone"]) == ("", None)
    assert (loan["branchId"], loan["customerId"]) == (loan["unionId"], loan["unionMemberId"])
    assert loan["documents"] == loan["guarantors"] == []
    assert "scheduleItems" not in loan


def test_answers_have_the_shapes_they_are_documented_with(
    client: FlaskClient, active: dict[str, Any], admin: SignedIn
) -> None:
    def read(path: str) -> Any:
        return client.get(path, headers=admin.headers).json["data"]

    components = client.get("/openapi.json", headers=admin.headers).json["components"]
    path = f"/loans/{active['id']}"
    for shape, answer in (
        ("LoanDetail", active),
        ("LoanDetail", read(path)),
        ("LoanRow", read("/loans")[0]),
        ("PaidScheduleItem", read(f"{path}/schedule")[0]),
        ("LoanSummary", read(f"{path}/summary")),
    ):
        schema = {"$ref": f"#/components/schemas/{shape}Answer", "components": components}
        Draft202012Validator(schema).validate(answer)


def test_the_rate_is_a_percentage_on_the_wire(applied: Callable[..., dict[str, Any]]) -> None:
    loan = applied(interestRate="24.00")
    assert (loan["interestRate"], loan["totalOutstanding"]) == ("24.00", 62000)


def test_the_whole_way_from_application_to_disbursement(
    client: FlaskClient, applied: Callable[..., dict[str, Any]], officer: SignedIn, supervisor: SignedIn
) -> None:
    loan = applied()
    path = f"/loans/{loan['id']}"
    submitted = client.patch(f"{path}/submit", headers=officer.headers)
    assert submitted.json["data"]["status"] == "PENDING_APPROVAL"
    approved = client.patch(f"{path}/approve", json={"notes": "Fine"}, headers=supervisor.headers).json["data"]
    assert (approved["status"], approved["scheduleItems"], approved["notes"]) == ("APPROVED", [], "Fine")
    body = {"disbursedAt": "2026-03-11", "method": "TRANSFER", "reference": "TXN123456"}
    answer = client.post(f"{path}/disburse", json=body, headers=supervisor.headers)
    loan = answer.json["data"]
    assert (loan["status"], loan["disbursedAt"], loan["endDate"]) == (
        "ACTIVE",
        "2026-03-11T00:00:00.000Z",
        "2027-03-11T00:00:00.000Z",
    )
    assert [item["principalDue"] for item in loan["scheduleItems"]] == ["4166.67"] * 11 + ["4166.63"]
    assert "lending.loan.disbursed.v1=" in answer.headers["X-Events"]
    again = client.post(f"{path}/disburse", json=body, headers=supervisor.headers)
    assert (again.status_code, again.json["message"]) == (409, "Only approved loans can be disbursed")


def test_the_status_route_approves_with_a_provisional_schedule(
    client: FlaskClient, applied: Callable[..., dict[str, Any]], admin: SignedIn
) -> None:
    path = f"/loans/{applied(submit=True, startDate='2026-02-01')['id']}/status"
    loan = client.put(path, json={"status": "APPROVED"}, headers=admin.headers).json["data"]
    assert (loan["status"], loan["scheduleItems"][0]["dueDate"]) == ("APPROVED", "2026-03-01T00:00:00.000Z")
    loan = client.put(path, json={"status": "REJECTED", "notes": "No"}, headers=admin.headers).json["data"]
    assert (loan["status"], loan["notes"]) == ("CANCELED", "No")
    assert "scheduleItems" not in loan


def test_the_same_key_makes_one_loan(client: FlaskClient, a_member: Callable[..., Member]) -> None:
    member = a_member()
    body = {"unionMemberId": str(member.id), "principalAmount": 50000, "termCount": 12, "termUnit": "MONTH"}
    headers = member.officer.headers | {"Idempotency-Key": "k-1"}
    first, second = (client.post("/loans", json=body, headers=headers) for _ in range(2))
    assert first.json["data"]["id"] == second.json["data"]["id"]
    assert second.headers["Idempotent-Replay"] == "true"
    assert client.post("/loans", json=body | {"termCount": 6}, headers=headers).status_code == 422


@pytest.mark.parametrize(
    ("method", "action", "allowed"),
    [
        ("post", "", {Role.ADMIN, Role.CREDIT_OFFICER}),
        ("patch", "/{id}/submit", {Role.ADMIN, Role.CREDIT_OFFICER}),
        ("patch", "/{id}/approve", {Role.ADMIN, Role.SUPERVISOR}),
        ("patch", "/{id}/reject", {Role.ADMIN, Role.SUPERVISOR}),
        ("put", "/{id}/status", {Role.ADMIN, Role.SUPERVISOR}),
        ("post", "/{id}/disburse", {Role.ADMIN, Role.SUPERVISOR}),
    ],
)
def test_a_step_is_for_certain_roles_only(
    client: FlaskClient, sign_in: Callable[..., SignedIn], method: str, action: str, allowed: set[Role]
) -> None:
    path = "/loans" + action.format(id=new_id())
    for role in Role:
        answer = getattr(client, method)(path, json={}, headers=sign_in(role).headers)
        assert (answer.status_code == 403) is (role not in allowed), (role, answer.json)


def test_without_a_token_there_is_nothing(client: FlaskClient) -> None:
    for path in ("/loans", f"/loans/{new_id()}", f"/loans/{new_id()}/schedule", "/loan-types"):
        assert client.get(path).status_code == 401


def test_a_loan_out_of_scope_and_an_absent_one_look_alike(
    client: FlaskClient, active: dict[str, Any], other_officer: SignedIn, sign_in: Callable[..., SignedIn]
) -> None:
    for who in (other_officer, sign_in(Role.SUPERVISOR)):
        assert listed(client, who) == []
        for path in ("", "/schedule", "/summary"):
            other = client.get(f"/loans/{active['id']}{path}", headers=who.headers)
            absent = client.get(f"/loans/{new_id()}{path}", headers=who.headers)
            assert (other.status_code, other.json["message"]) == (absent.status_code, absent.json["message"])
            assert other.status_code == 404


def test_everybody_sees_what_is_in_their_scope(
    client: FlaskClient, active: dict[str, Any], admin: SignedIn, supervisor: SignedIn, officer: SignedIn
) -> None:
    for who in (admin, supervisor, officer):
        assert listed(client, who) == [active["id"]]
        assert client.get(f"/loans/{active['id']}", headers=who.headers).status_code == 200


def test_a_page_is_newest_first_and_knows_the_total(
    client: FlaskClient, applied: Callable[..., dict[str, Any]], admin: SignedIn
) -> None:
    made = [applied()["id"] for _ in range(5)]
    page = client.get("/loans?page=2&limit=2", headers=admin.headers).json
    assert [loan["id"] for loan in page["data"]] == made[::-1][2:4]
    assert page["pagination"] == {"page": 2, "limit": 2, "total": 5, "totalPages": 3, "pages": 3}
    beyond = client.get("/loans?page=9&limit=2", headers=admin.headers).json
    assert (beyond["data"], beyond["pagination"]["total"]) == ([], 5)
    unpaged = client.get("/loans", headers=admin.headers).json
    assert (len(unpaged["data"]), unpaged["pagination"]["limit"]) == (5, 1000)


def test_a_supervisor_pages_through_the_loans_of_all_their_officers(
    client: FlaskClient,
    applied: Callable[..., dict[str, Any]],
    a_member: Callable[..., Member],
    sign_in: Callable[..., SignedIn],
    supervisor: SignedIn,
    officer: SignedIn,
    other_officer: SignedIn,
) -> None:
    colleague = sign_in(Role.CREDIT_OFFICER, supervisor_id=supervisor.id)
    made = [applied(member=a_member(who))["id"] for who in (officer, colleague, other_officer) * 3]
    submitted = [applied(member=a_member(who), submit=True)["id"] for who in (colleague, other_officer, officer)]
    drafts, sent = [made[place] for place in (7, 6, 4, 3, 1, 0)], [submitted[0], submitted[2]]
    for query, expected in {"": [submitted[2], submitted[0], *drafts], "status=DRAFT&": drafts}.items():
        pages = [client.get(f"/loans?{query}page={n}&limit=4", headers=supervisor.headers).json for n in (1, 2, 3)]
        assert [[loan["id"] for loan in page["data"]] for page in pages] == [expected[:4], expected[4:], []]
        assert {page["pagination"]["total"] for page in pages} == {len(expected)}
    oldest = [client.get(f"/loans?order=oldest&page={n}&limit=4", headers=supervisor.headers).json for n in (1, 2)]
    assert [[loan["id"] for loan in page["data"]] for page in oldest] == [drafts[:1:-1], [*drafts[1::-1], *sent]]


def test_filters_narrow_the_list(
    client: FlaskClient,
    applied: Callable[..., dict[str, Any]],
    a_member: Callable[..., Member],
    a_union: Callable[..., UUID],
    admin: SignedIn,
    officer: SignedIn,
    other_officer: SignedIn,
) -> None:
    ada = applied(submit=True)
    chidi_member = a_member(
        other_officer, first_name="Chidi", last_name="Eze", union=a_union(other_officer, "Fishers of Badagry")
    )
    chidi = applied(member=chidi_member, principalAmount=10000)
    found = {
        "status=PENDING_APPROVAL": [ada],
        "status=PENDING": [ada],
        "status=DRAFT": [chidi],
        "status=REJECTED": [],
        "status=nonsense": [],
        "status=OVERDUE": [],
        f"unionId={chidi['unionId']}": [chidi],
        f"unionMemberId={ada['unionMemberId']}": [ada],
        f"assignedOfficerId={other_officer.id}": [chidi],
        f"assignedOfficerId={new_id()}": [],
        f"loanTypeId={new_id()}": [],
        "maxAmount=10000": [chidi],
        "minAmount=10000.01": [ada],
        "search=chidi": [chidi],
        "search=CHIDI+eze": [chidi],
        "search=badagry": [chidi],
        f"search={chidi['loanNumber']}": [chidi],
        "search=mem000001": [ada],
        "search=%25": [],
        "search=_": [],
        "search=ln": [chidi, ada],
        "dateFrom=2026-01-01&dateTo=2099-01-01": [chidi, ada],
        "dateTo=2026-01-01": [],
        "page=0&limit=abc": [chidi, ada],
        "order=oldest": [ada, chidi],
        "order=oldest&search=ln": [ada, chidi],
        f"status=DRAFT&assignedOfficerId={officer.id}": [],
    }
    for query, loans in found.items():
        answer = client.get(f"/loans?{query}", headers=admin.headers).json
        assert [loan["id"] for loan in answer["data"]] == [loan["id"] for loan in loans], query
        assert answer["pagination"]["total"] == len(loans), query


def test_a_filter_cannot_widen_the_scope(
    client: FlaskClient, applied: Callable[..., dict[str, Any]], officer: SignedIn, other_officer: SignedIn
) -> None:
    applied()
    assert listed(client, other_officer, assignedOfficerId=str(officer.id)) == []
    assert listed(client, other_officer, search="ada") == []


def test_an_overdue_loan_is_found_and_shown_as_such(
    client: FlaskClient, applied: Callable[..., dict[str, Any]], admin: SignedIn
) -> None:
    late = applied(by=admin, **(COMPLETE | {"startDate": "2020-01-31"}), interestRate=12)
    applied(by=admin, **(COMPLETE | {"startDate": "2090-01-31"}))
    assert listed(client, admin, status="OVERDUE") == [late["id"]]
    items = client.get(f"/loans/{late['id']}/schedule", headers=admin.headers).json["data"]
    assert {item["status"] for item in items} == {"OVERDUE"}
    assert items[0]["dueDate"] == "2020-02-29T00:00:00.000Z"
    summary = client.get(f"/loans/{late['id']}/summary", headers=admin.headers).json["data"]
    assert (summary["overdueAmount"], summary["overdueCount"], summary["nextDueDate"]) == (56000, 12, None)


def test_the_summary_of_a_loan_that_runs(client: FlaskClient, active: dict[str, Any], admin: SignedIn) -> None:
    summary = client.get(f"/loans/{active['id']}/summary", headers=admin.headers).json["data"]
    assert (summary["totalExpected"], summary["totalPaid"], summary["totalOutstanding"]) == (50000, 0, 50000)
    assert summary["completionPercentage"] == 0


def test_a_draft_has_an_empty_schedule(
    client: FlaskClient, applied: Callable[..., dict[str, Any]], officer: SignedIn
) -> None:
    answer = client.get(f"/loans/{applied()['id']}/schedule", headers=officer.headers)
    assert (answer.status_code, answer.json["data"]) == (200, [])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"principalAmount": 0}, "principalAmount"),
        ({"principalAmount": -5}, "principalAmount"),
        ({"principalAmount": 100.001}, "principalAmount"),
        ({"principalAmount": "1e5"}, "principalAmount"),
        ({"principalAmount": 10**13}, "principalAmount"),
        ({"principalAmount": 0.05}, "principalAmount"),
        ({"principalAmount": True}, "principalAmount"),
        ({"termCount": 0}, "termCount"),
        ({"termCount": 3651}, "termCount"),
        ({"termCount": 1.5}, "termCount"),
        ({"termUnit": "YEAR"}, "termUnit"),
        ({"termUnit": ["MONTH"]}, "termUnit"),
        ({"startDate": "2026-02-30"}, "startDate"),
        ({"startDate": "tomorrow"}, "startDate"),
        ({"interestRate": 100.01}, "interestRate"),
        ({"interestRate": -1}, "interestRate"),
        ({"unionMemberId": "me"}, "unionMemberId"),
        ({"unionMemberId": None}, "unionMemberId"),
        ({"notes": "a\x00b"}, "notes"),
        ({"notes": "x" * 2001}, "notes"),
        ({"submit": "perhaps"}, "submit"),
        ({"loanTypeId": str(new_id())}, "loanTypeId"),
    ],
)
def test_a_faulty_application_is_refused_by_field_and_leaves_nothing(
    client: FlaskClient, sessions: Sessions, a_member: Callable[..., Member], change: dict[str, Any], field: str
) -> None:
    member = a_member()
    body = {"unionMemberId": str(member.id), "principalAmount": 50000, "termCount": 12, "termUnit": "MONTH"}
    answer = client.post("/loans", json=body | change, headers=member.officer.headers)
    assert answer.status_code == 400, answer.json
    assert [error["field"] for error in answer.json["errors"]] == [field]
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Loan)) == 0


def test_what_a_client_may_not_set_is_ignored(applied: Callable[..., dict[str, Any]]) -> None:
    forged = {"id": str(new_id()), "status": "ACTIVE", "loanNumber": "LN99999999", "createdByUserId": str(new_id())}
    loan = applied(**forged)
    assert {name for name, value in forged.items() if loan[name] == value} == set()


def test_blank_fields_of_a_form_say_nothing(applied: Callable[..., dict[str, Any]]) -> None:
    loan = applied(loanTypeId="", assignedOfficerId=None, notes="", startDate="")
    assert (loan["loanTypeId"], loan["notes"], loan["status"]) == (None, None, "DRAFT")


def test_an_application_takes_few_statements(
    client: FlaskClient, a_member: Callable[..., Member], statements: list[str]
) -> None:
    """The place of the member, the number, the loan, the counts, the events, and what is answered."""
    member = a_member()
    body = {
        "unionMemberId": str(member.id), "principalAmount": 60000, "termCount": 12, "termUnit": "WEEK",
        "startDate": "2026-03-11", "processingFeeAmount": 0, "penaltyFeePerDayAmount": 0,
    }  # fmt: skip
    client.get("/loans?limit=20", headers=member.officer.headers)
    statements.clear()
    answer = client.post("/loans", json=body, headers=member.officer.headers)
    assert (answer.status_code, answer.json["data"]["status"]) == (201, "PENDING_APPROVAL")
    assert len(statements) == 6


def test_a_page_takes_one_statement_and_a_detail_one_more_for_each_thing_it_has(
    client: FlaskClient, active: dict[str, Any], officer: SignedIn, sessions: Sessions, statements: list[str]
) -> None:
    def count(path: str) -> int:
        statements.clear()
        assert client.get(path, headers=officer.headers).status_code == 200
        return len(statements)

    client.get("/loans?limit=20", headers=officer.headers)
    assert count("/loans?page=1&limit=20") == 1
    assert count(f"/loans/{active['id']}") == 1 + 1
    receipt = {
        "repayment_id": new_id(), "loan_id": active["id"], "amount": "5.00", "currency": "NGN", "method": "CASH",
        "paid_at": AT, "recorded_at": AT, "received_by": officer.id, "kind": "REPAYMENT", "allocations": [],
        "version": 1,
    }  # fmt: skip
    with sessions.begin() as session:
        accounts.keep(session, [receipt, receipt | {"repayment_id": new_id()}])
    assert count(f"/loans/{active['id']}") == 1 + 2
    assert count(f"/loans/{active['id']}/schedule") == 2

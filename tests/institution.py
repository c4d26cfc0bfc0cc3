"""Makes what journeys start from, through the API as people do: staff, unions, members, loans."""

import secrets
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.testing import eventually
from tests.client import Person, random_name, sign_in

PASSWORD = "Correct-Horse-7"


@dataclass(slots=True)
class Team:
    """A supervisor, an officer under them, and a union of the officer's."""

    admin: Person
    supervisor: Person
    officer: Person
    union: dict[str, Any]

    def member(self) -> dict[str, Any]:
        """A new member of the union."""
        name = {"firstName": "Ngozi", "lastName": random_name("Eze").title().replace(" ", "")}
        return self.officer.post("/union-members", {**name, "unionId": self.union["id"], "phone": "08030000000"}).data

    def draft(self, member: dict[str, Any] | None = None, **terms: Any) -> dict[str, Any]:
        """A new draft of 50,000 over 12 months, unless asked otherwise."""
        body = {"principalAmount": 50000, "termCount": 12, "termUnit": "MONTH"} | terms
        return self.officer.post("/loans", {**body, "unionMemberId": (member or self.member())["id"]}).data

    def active_loan(self, **terms: Any) -> dict[str, Any]:
        """A new loan, disbursed on 2026-03-11."""
        loan = self.draft(**terms)
        self.officer.patch(f"/loans/{loan['id']}/submit").accepted()
        self.supervisor.patch(f"/loans/{loan['id']}/approve").accepted()
        disbursement = {"disbursedAt": "2026-03-11", "method": "TRANSFER", "reference": "TXN123456"}
        return self.supervisor.post(f"/loans/{loan['id']}/disburse", disbursement).data

    def pay(self, loan_id: str, amount: Any, **headers: str) -> Any:
        """A cash repayment by the officer."""
        body = {"loanId": loan_id, "amount": amount, "method": "CASH"}
        return self.officer.post("/repayments", body, **headers)


_LINE = ("sequence", "principalDue", "interestDue", "feeDue", "penaltyDue", "totalDue", "paidAmount", "status")
_ENTRY = ("id", "amount", "kind", "reversalOfId", "reversedById")


def is_in_agreement(person: Person, loan_id: str) -> bool:
    """Whether lending and payments agree about a loan, to the kobo."""
    loan, account = person.get(f"/loans/{loan_id}").data, person.get(f"/schedules/{loan_id}").data
    entries = person.get("/repayments", loanId=loan_id).data
    return (
        _rows(loan["scheduleItems"], _LINE) == _rows(account["schedule"], _LINE)
        and _rows(loan["repayments"], _ENTRY) == _rows(entries, _ENTRY)
        and loan["status"] == account["loan"]["status"]
    )


def owed_and_paid(person: Person, loan_id: str) -> tuple[Decimal, Decimal]:
    """What is owed and paid on a loan, after lending and payments were found to agree about it."""
    assert is_in_agreement(person, loan_id)
    loan = person.get(f"/loans/{loan_id}").data
    due, paid = (_sum(loan["scheduleItems"], name) for name in ("totalDue", "paidAmount"))
    assert _sum(loan["repayments"], "amount") == paid
    assert [Decimal(str(loan[name])) for name in ("totalOutstanding", "totalPaid")] == [due - paid, paid]
    return due - paid, paid


def portfolio(person: Person) -> tuple[Decimal, Decimal]:
    """What reporting says is owed and was repaid on the loans of the person's team."""
    summary = person.get("/supervisor-reports/dashboard").body["summary"]
    return Decimal(str(summary["totalOutstanding"])), Decimal(str(summary["totalRepaid"]))


def _rows(entries: list[dict[str, Any]], names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    return sorted(tuple(entry[name] for name in names) for entry in entries)


def _sum(entries: list[dict[str, Any]], name: str) -> Decimal:
    return sum((Decimal(entry[name]) for entry in entries), Decimal(0))


def new_staff(admin: Person, role: str, supervisor: Person | None = None) -> Person:
    """A new member of staff, signed in."""
    email = f"{role.lower()}-{secrets.token_hex(4)}@example.org"
    body = {"email": email, "firstName": "Ada", "lastName": "Obi", "role": role, "password": PASSWORD}
    if supervisor:
        body["supervisorId"] = supervisor.id
    admin.post("/users", body).accepted()
    return sign_in(admin.url, email, PASSWORD)


def new_team(admin: Person) -> Team:
    """A supervisor, an officer and a union of theirs."""
    supervisor = new_staff(admin, "SUPERVISOR")
    officer = new_staff(admin, "CREDIT_OFFICER", supervisor)
    # A service that is more than a second behind has not heard of a new person yet (see X-Followers-Behind).
    eventually(lambda: supervisor.get("/unions").status == 200, seconds=30)
    union = supervisor.post("/unions", {"name": random_name("Union"), "creditOfficerId": officer.id}).data
    return Team(admin, supervisor, officer, union)

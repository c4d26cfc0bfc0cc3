"""Makes what journeys start from, through the API as people do: staff, unions, members, loans."""

import secrets
from dataclasses import dataclass
from typing import Any

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
        """A new draft of 50,000 over 12 months, unless told otherwise."""
        body = {"principalAmount": 50000, "termCount": 12, "termUnit": "MONTH"} | terms
        return self.officer.post("/loans", {**body, "unionMemberId": (member or self.member())["id"]}).data

    def active_loan(self, **terms: Any) -> dict[str, Any]:
        """A new loan, disbursed on 2026-03-11."""
        loan = self.draft(**terms)
        self.officer.patch(f"/loans/{loan['id']}/submit").data  # noqa: B018 - fails when it was refused
        self.supervisor.patch(f"/loans/{loan['id']}/approve").data  # noqa: B018
        disbursement = {"disbursedAt": "2026-03-11", "method": "TRANSFER", "reference": "TXN123456"}
        return self.supervisor.post(f"/loans/{loan['id']}/disburse", disbursement).data

    def pay(self, loan_id: str, amount: Any, **headers: str) -> Any:
        """A cash repayment by the officer."""
        body = {"loanId": loan_id, "amount": amount, "method": "CASH"}
        return self.officer.post("/repayments", body, **headers)


def new_staff(admin: Person, role: str, supervisor: Person | None = None) -> Person:
    """A new member of staff, signed in."""
    email = f"{role.lower()}-{secrets.token_hex(4)}@example.org"
    body = {"email": email, "firstName": "Ada", "lastName": "Obi", "role": role, "password": PASSWORD}
    if supervisor:
        body["supervisorId"] = supervisor.id
    admin.post("/users", body).data  # noqa: B018 - fails when it was refused
    return sign_in(admin.url, email, PASSWORD)


def new_team(admin: Person) -> Team:
    """A supervisor, an officer and a union of theirs."""
    supervisor = new_staff(admin, "SUPERVISOR")
    officer = new_staff(admin, "CREDIT_OFFICER", supervisor)
    union = supervisor.post("/unions", {"name": random_name("Union"), "creditOfficerId": officer.id}).data
    return Team(admin, supervisor, officer, union)

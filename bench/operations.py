"""What is measured: requests of one kind, new members and loans for them, and a day in which all of it is mixed."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from bench.driver import MADE, NUMBER, Request
from bench.sample import LINES_OF_A_SHEET, Sample
from shared.clock import business_date

SINGLE, SHEET, CREATION, MIXED = "record_repayment", "collection_sheet", "create_loan", "mixed_day"
MEMBER = "create_member"
BY_A_SUPERVISOR = " by a supervisor"
REPORTS = {"dashboard": "/reports/dashboard", "portfolio_at_risk": "/reports/portfolio-at-risk"}
ZONE = "Africa/Lagos"

# Of 100 requests of the mixed day: 70 reads, 20 payments, 5 new members and a loan for each of them.
SHARES = {"list_loans": 20, "get_loan": 15, "schedule": 15, "list_members": 10, "me": 10, SINGLE: 20, CREATION: 5}
_DAYS = 20


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing to measure, and the service whose statements it comes down to, if it is one; `lines` are the payments
    in one request."""

    name: str
    service: str
    requests: Sequence[Request]
    lines: int = 1


def operations(url: str, sample: Sample) -> dict[str, Operation]:
    """The operations by name, as the admin unless the name says otherwise; creations are the officers'."""
    admin = Requests(url, sample.admin_token)
    supervisor, officer = Requests(url, sample.supervisor_token), Requests(url, sample.officer_token)
    loans, members = "/loans?page=1&limit=20", "/union-members?page=1&limit=20"
    by_loan = {"get_loan": "/loans/{}", "schedule": "/loans/{}/schedule"}
    listed = [
        Operation("me", "identity", [admin.get("me", "/auth/me")]),
        *(
            Operation(name, "lending", [admin.get(name, path.format(loan_id)) for loan_id in sample.loan_ids])
            for name, path in by_loan.items()
        ),
        Operation("list_loans", "lending", [admin.get("list_loans", loans)]),
        Operation("list_loans by a supervisor", "lending", [supervisor.get("list_loans", loans)]),
        Operation("list_loans by an officer", "lending", [officer.get("list_loans", loans)]),
        Operation("list_members", "membership", [admin.get("list_members", members)]),
        *(
            Operation(f"{name}{whose}", "reporting", [who.get(name, path)])
            for name, path in REPORTS.items()
            for whose, who in (("", admin), (BY_A_SUPERVISOR, supervisor))
        ),
        Operation(SINGLE, "payments", [admin.repayment(loan_id) for loan_id in sample.payable_loan_ids]),
        Operation(
            CREATION,
            "",
            [
                Requests(url, token).member_with_loan(union_id, has_email=index % 2 == 0)
                for index, (token, union_id) in enumerate(sample.unions)
            ],
        ),
        Operation(
            SHEET,
            "payments",
            [admin.sheet(union_id, loan_ids) for union_id, loan_ids in sample.sheets],
            lines=LINES_OF_A_SHEET,
        ),
        Operation(
            "login",
            "identity",
            [Requests(url).post("login", "/auth/login", sample.login(email)) for email in sample.officer_emails],
        ),
    ]
    named = {operation.name: operation for operation in listed}
    return named | {MIXED: Operation(MIXED, "", mixed_day(named))}


def mixed_day(asked: Mapping[str, Operation]) -> list[Request]:
    """Some hundreds of requests in their shares, in an order made by chance that is the same each time."""
    names = [name for name, share in SHARES.items() for _ in range(share)] * _DAYS
    random.Random(1).shuffle(names)
    taken = dict.fromkeys(SHARES, 0)
    requests = []
    for name in names:
        choice = asked[name].requests
        requests.append(choice[taken[name] % len(choice)])
        taken[name] += 1
    return requests


def singles(asked: Mapping[str, Operation]) -> list[Operation]:
    """The operations that are one thing in one request, of one service."""
    return [operation for operation in asked.values() if operation.lines == 1 and operation.service]


def direct(request: Request) -> Request:
    """The request as its service takes it, past the gateway."""
    return replace(request, content=request.content.replace(b" /api/", b" /", 1))


class Requests:
    """Requests as they go over the wire, on behalf of whom the token is of."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self._head = f"Host: {urlsplit(url).netloc}\r\nAccept: application/json\r\n"
        if token:
            self._head += f"Authorization: Bearer {token}\r\n"

    def get(self, kind: str, path: str) -> Request:
        return Request(kind, f"GET /api{path} HTTP/1.1\r\n{self._head}\r\n".encode())

    def post(self, kind: str, path: str, body: dict[str, Any], then: Request | None = None) -> Request:
        text = json.dumps(body)
        lengths = f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n"
        return Request(kind, f"POST /api{path} HTTP/1.1\r\n{self._head}{lengths}\r\n{text}".encode(), then)

    def repayment(self, loan_id: str) -> Request:
        """A repayment as the web client sends it: its reference, never the same twice, makes it safe to repeat."""
        reference = f"PAY-{NUMBER.decode()}-bench"
        body = {"loanId": loan_id, "amount": 1, "method": "CASH", "reference": reference}
        return self.post(SINGLE, "/repayments", body)

    def member_with_loan(self, union_id: str, *, has_email: bool) -> Request:
        """A new member of a union, and then a complete application of theirs, as the web client sends both."""
        loan = {
            "unionMemberId": MADE.decode(),
            "principalAmount": 60000,
            "termCount": 12,
            "termUnit": "WEEK",
            "startDate": business_date(ZONE).isoformat(),
            "processingFeeAmount": 0,
            "penaltyFeePerDayAmount": 0,
        }
        member = {
            "firstName": "Ngozi",
            "lastName": f"Bench {NUMBER.decode()}",
            "phone": "08030000001",
            "email": f"bench-{NUMBER.decode()}@example.com" if has_email else "",
            "unionId": union_id,
        }
        return self.post(MEMBER, "/union-members", member, then=self.post(CREATION, "/loans", loan))

    def sheet(self, union_id: str, loan_ids: Sequence[str]) -> Request:
        """A collection sheet on which everybody pays; each line has a key of its own, never the same twice."""
        lines = [
            {"loanId": loan_id, "amount": 1, "idempotencyKey": f"{NUMBER.decode()}-{line}"}
            for line, loan_id in enumerate(loan_ids)
        ]
        body = {"unionId": union_id, "cashHandedOver": len(lines), "lines": lines}
        return self.post(SHEET, "/repayments/collection-sheet", body)

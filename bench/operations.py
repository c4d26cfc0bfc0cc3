"""What is measured, and what it is held against."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bench.driver import NUMBER
from bench.sample import LINES_OF_A_SHEET, Sample

SINGLE, SHEET = "record_repayment", "collection_sheet"


@dataclass(frozen=True, slots=True)
class Reference:
    """What the backend that is being replaced does at 64 requests at once, and how much better to be.

    Milliseconds of latency and of CPU where they are known; `p99_limit` is what we may take, in milliseconds.
    """

    per_second: float
    factor: float
    p99_limit: float | None
    p99: float | None = None
    cpu: float | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One kind of request, and the service whose statements it comes down to; `lines` are the payments in one."""

    name: str
    service: str
    requests: Sequence[bytes]
    reference: Reference | None = None
    writes: bool = False
    lines: int = 1


def operations(url: str, sample: Sample) -> dict[str, Operation]:
    """The operations by name, as the admin unless the name says otherwise."""
    admin = Requests(url, sample.admin_token)
    supervisor, officer = Requests(url, sample.supervisor_token), Requests(url, sample.officer_token)
    page = "page=1&limit=20"
    listed = [
        Operation("me", "identity", [admin.get("/auth/me")], Reference(370, 3, 200)),
        Operation(
            "get_loan",
            "lending",
            [admin.get(f"/loans/{loan_id}") for loan_id in sample.loan_ids],
            Reference(137, 4, 200),
        ),
        Operation(
            "schedule",
            "lending",
            [admin.get(f"/loans/{loan_id}/schedule") for loan_id in sample.loan_ids],
            Reference(320, 3, 200),
        ),
        Operation("list_loans", "lending", [admin.get(f"/loans?{page}")], Reference(32, 15, 200, p99=2400, cpu=60)),
        Operation("list_loans by a supervisor", "lending", [supervisor.get(f"/loans?{page}")]),
        Operation("list_loans by an officer", "lending", [officer.get(f"/loans?{page}")]),
        Operation("list_members", "membership", [admin.get(f"/union-members?{page}")], Reference(103, 8, 200)),
        Operation(
            SINGLE,
            "payments",
            [admin.repayment(loan_id) for loan_id in sample.payable_loan_ids],
            Reference(110, 3, 400, p99=720, cpu=14),
            writes=True,
        ),
        Operation(
            SHEET,
            "payments",
            [admin.sheet(union_id, loan_ids) for union_id, loan_ids in sample.sheets],
            writes=True,
            lines=LINES_OF_A_SHEET,
        ),
        Operation(
            "login",
            "identity",
            [Requests(url).post("/auth/login", sample.login(email)) for email in sample.officer_emails],
            Reference(2.3, 3, None),
        ),
    ]
    return {operation.name: operation for operation in listed}


def singles(asked: Mapping[str, Operation]) -> list[Operation]:
    """The operations that are one thing in one request."""
    return [operation for operation in asked.values() if operation.lines == 1]


class Requests:
    """Requests as they go over the wire, on behalf of whom the token is of."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self._head = f"Host: {urlsplit(url).netloc}\r\nAccept: application/json\r\n"
        if token:
            self._head += f"Authorization: Bearer {token}\r\n"

    def get(self, path: str) -> bytes:
        return f"GET /api{path} HTTP/1.1\r\n{self._head}\r\n".encode()

    def post(self, path: str, body: dict[str, Any]) -> bytes:
        text = json.dumps(body)
        lengths = f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n"
        return f"POST /api{path} HTTP/1.1\r\n{self._head}{lengths}\r\n{text}".encode()

    def repayment(self, loan_id: str) -> bytes:
        """A repayment as the web client sends it: its reference, never the same twice, makes it safe to repeat."""
        reference = f"PAY-{NUMBER.decode()}-bench"
        return self.post("/repayments", {"loanId": loan_id, "amount": 1, "method": "CASH", "reference": reference})

    def sheet(self, union_id: str, loan_ids: Sequence[str]) -> bytes:
        """A collection sheet on which everybody pays; each line has a key of its own, never the same twice."""
        lines = [
            {"loanId": loan_id, "amount": 1, "idempotencyKey": f"{NUMBER.decode()}-{line}"}
            for line, loan_id in enumerate(loan_ids)
        ]
        body = {"unionId": union_id, "cashHandedOver": len(lines), "lines": lines}
        return self.post("/repayments/collection-sheet", body)

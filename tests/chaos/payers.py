"""People who go on paying whatever happens, and the count of what was acknowledged to them."""

import http.client
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from tests.client import Person

AMOUNT = Decimal("7.77")


@dataclass
class Payers:
    """Threads that each pay one loan in small amounts, repeating under the same key whatever was not acknowledged."""

    officer: Person
    loan_ids: list[str]
    acknowledged: dict[str, list[str]] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def count(self) -> int:
        return sum(len(ids) for ids in self.acknowledged.values())

    @contextmanager
    def paying(self) -> Iterator["Payers"]:
        """Pay while the block runs; every payment that was begun is acknowledged when it ends."""
        self._stop.clear()
        threads = [threading.Thread(target=self._pay, args=(loan_id,)) for loan_id in self.loan_ids]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def wait_for_more(self, payments: int, *, seconds: float = 60) -> None:
        """Return when so many further payments were acknowledged."""
        wanted, deadline = self.count() + payments, time.monotonic() + seconds
        while self.count() < wanted:
            if time.monotonic() > deadline:
                raise AssertionError(f"Only {self.count()} of {wanted} payments went through.")
            self._stop.wait(0.01)

    def _pay(self, loan_id: str) -> None:
        person = self.officer.again()
        taken = self.acknowledged.setdefault(loan_id, [])
        while not self._stop.is_set():
            taken.append(self._until_acknowledged(person, loan_id))

    def _until_acknowledged(self, person: Person, loan_id: str) -> str:
        key, body = secrets.token_hex(16), {"loanId": loan_id, "amount": str(AMOUNT), "method": "CASH"}
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                answer = person.post("/repayments", body, Idempotency_Key=key)
            except (OSError, http.client.HTTPException):
                continue
            if answer.status == 201:
                return str(answer.data["id"])
            # What a broken part may answer; anything else is a fault of ours.
            assert answer.status in {502, 503, 504}, answer.body
            threading.Event().wait(0.05)
        raise AssertionError("A payment was not acknowledged within 90 s.")

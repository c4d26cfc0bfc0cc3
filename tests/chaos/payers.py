"""People who go on handling money whatever happens, and the count of what was acknowledged to them."""

import http.client
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import cycle
from typing import Any

from tests.client import Person
from tests.institution import Team

AMOUNT = Decimal("7.77")
CHARGE = Decimal("1.23")


@dataclass
class Ledger:
    """What was acknowledged on one loan: the ids of payments and charges, and of those of them that were taken back."""

    paid: list[str] = field(default_factory=list)
    reversed: list[str] = field(default_factory=list)
    charged: list[str] = field(default_factory=list)
    waived: list[str] = field(default_factory=list)

    @property
    def repaid(self) -> Decimal:
        return AMOUNT * (len(self.paid) - len(self.reversed))

    @property
    def owed_more(self) -> Decimal:
        return CHARGE * (len(self.charged) - len(self.waived))


@dataclass
class Payers:
    """Threads that each work on one loan: they pay in small amounts, now and then for an earlier day, charge, waive and
    reverse, and repeat under the same key whatever was not acknowledged."""

    team: Team
    loan_ids: list[str]
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    # For how many seconds a deed is tried again.
    patience: float = 90
    # Of each request that was acknowledged when it was sent, and when the answer came; and how many were refused.
    acknowledged: list[tuple[float, float]] = field(default_factory=list)
    refused: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def count(self) -> int:
        return sum(len(ledger.paid) for ledger in self.ledgers.values())

    @contextmanager
    def paying(self) -> Iterator["Payers"]:
        """Pay while the block runs; everything that was begun is acknowledged when it ends."""
        self._stop.clear()
        threads = [threading.Thread(target=self._work, args=(loan_id,)) for loan_id in self.loan_ids]
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
        expected, deadline = self.count() + payments, time.monotonic() + seconds
        while self.count() < expected:
            if time.monotonic() > deadline:
                raise AssertionError(f"Only {self.count()} of {expected} payments went through.")
            self._stop.wait(0.01)

    def back_after(self, moment: float) -> float | None:
        """How many seconds after a moment the first answer came to what was sent since then; None as long as none
        did."""
        answers = [answered for sent, answered in self.acknowledged if sent > moment]
        return min(answers) - moment if answers else None

    def _work(self, loan_id: str) -> None:
        officer, supervisor, admin = (who.again() for who in (self.team.officer, self.team.supervisor, self.team.admin))
        ledger = self.ledgers.setdefault(loan_id, Ledger())

        def pay(**more: Any) -> None:
            body = {"loanId": loan_id, "amount": str(AMOUNT), "method": "CASH"} | more
            ledger.paid.append(self._until_acknowledged(officer, "/repayments", body))

        def charge() -> None:
            body = {"kind": "PENALTY", "amount": str(CHARGE)}
            ledger.charged.append(self._until_acknowledged(supervisor, f"/loans/{loan_id}/charges", body))

        def waive() -> None:
            path = f"/loans/{loan_id}/charges/{ledger.charged[-1]}/waive"
            ledger.waived.append(self._until_acknowledged(supervisor, path, {"reason": "Goodwill"}))

        def reverse() -> None:
            self._until_acknowledged(admin, f"/repayments/{ledger.paid[-2]}/reverse", {"reason": "A mistake"})
            ledger.reversed.append(ledger.paid[-2])

        deeds: list[Callable[[], None]] = [
            pay, charge, pay, waive, charge, lambda: pay(paidAt="2026-04-01"), reverse,
        ]  # fmt: skip
        for deed in cycle(deeds):
            if self._stop.is_set():
                return
            deed()

    def _until_acknowledged(self, person: Person, path: str, body: dict[str, Any]) -> str:
        key, deadline = secrets.token_hex(16), time.monotonic() + self.patience
        while (sent := time.monotonic()) < deadline:
            try:
                answer = person.post(path, body, Idempotency_Key=key)
            except (OSError, http.client.HTTPException):
                self.refused += 1
                continue
            if answer.status in {200, 201}:
                self.acknowledged.append((sent, time.monotonic()))
                return str(answer.data["id"])
            self.refused += 1
            # What a broken part may answer; anything else is a fault of ours.
            assert answer.status in {502, 503, 504}, answer.body
            threading.Event().wait(0.05)
        raise AssertionError("A deed was not acknowledged in time.")

"""A service or the gateway is replaced by a newer one while people work: no request is lost, and nobody asks twice."""

import secrets
import threading
from collections.abc import Callable

import pytest

from deploy.local.platform import Platform
from shared.testing import eventually
from tests.client import Answer, Person
from tests.institution import Team

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

PEOPLE = 4


class Workers:
    """People who each read and pay one loan on a new connection every time, and take no for a fault."""

    def __init__(self, team: Team, *, with_keys: bool = False) -> None:
        loan_ids = [team.active_loan()["id"] for _ in range(PEOPLE)]
        self._with_keys = with_keys
        self.done = 0
        self.faults: list[str] = []
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(team.officer.again(), loan_id)) for loan_id in loan_ids
        ]

    def __enter__(self) -> "Workers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for_more(self, requests: int) -> None:
        expected = self.done + requests
        eventually(lambda: self.done >= expected or bool(self.faults), seconds=60)

    def _work(self, person: Person, loan_id: str) -> None:
        while not self._stop.is_set():
            self._read_and_pay(person, loan_id)

    def _read_and_pay(self, person: Person, loan_id: str) -> None:
        body = {"loanId": loan_id, "amount": "1.00", "method": "CASH"}
        # With a key the gateway may ask again, when it cannot know whether the service that hung up had done it.
        key = {"Idempotency_Key": secrets.token_hex(16)} if self._with_keys else {}
        self._expect(200, lambda: person.again().get(f"/loans/{loan_id}"))
        self._expect(201, lambda: person.again().post("/repayments", body, **key))

    def _expect(self, status: int, ask: Callable[[], Answer]) -> None:
        try:
            answered = ask()
            if answered.status != status:
                self.faults.append(f"{answered.status} instead of {status}: {answered.message}")
        except OSError as error:
            self.faults.append(repr(error))
        self.done += 1


def _pids_of_workers(platform: Platform, name: str) -> set[str]:
    pid = platform.pid(name)
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        return set(children.read().split())


@pytest.mark.parametrize("name", ["gateway", "payments-web", "lending-web"])
def test_a_reload_loses_no_request(platform: Platform, team: Team, name: str) -> None:
    before = _pids_of_workers(platform, name)
    with Workers(team) as workers:
        workers.wait_for_more(20)
        platform.reload(name)
        eventually(lambda: not before & _pids_of_workers(platform, name), seconds=60)
        workers.wait_for_more(20)
    assert workers.faults == []


def test_while_a_service_is_started_again_requests_wait_for_it(platform: Platform, team: Team) -> None:
    with Workers(team, with_keys=True) as workers:
        workers.wait_for_more(20)
        platform.restart("payments-web")
        workers.wait_for_more(20)
    assert workers.faults == []

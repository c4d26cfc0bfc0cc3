"""The service that stores documents is killed while people send them: no row is ever without its bytes, and bytes
without a row are on the list that the worker sweeps."""

import http.client
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from deploy.local.platform import Platform
from tests.client import Person, upload
from tests.institution import Team
from tests.long_form import ROUNDS

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

PEOPLE = 4
# Long enough to be killed in the middle of.
CONTENT = b"%PDF-1.4\nstream\n" + b" " * 300_000 + b"endstream\nstartxref\n9\n%%EOF\n"


class Senders:
    """Threads that each go on sending documents of a loan, each until it is acknowledged."""

    def __init__(self, officer: Person, paths: list[str], type_id: str) -> None:
        self._officer, self._paths, self._type_id = officer, paths, type_id
        self._stop = threading.Event()
        self.acknowledged: list[str] = []

    def send_while(self, strike) -> None:
        with ThreadPoolExecutor(len(self._paths)) as threads:
            sending = [threads.submit(self._send, path) for path in self._paths]
            try:
                strike()
            finally:
                self._stop.set()
            for sender in sending:
                sender.result()

    def wait_for_more(self, documents: int) -> None:
        expected = len(self.acknowledged) + documents
        for _ in range(6000):
            if len(self.acknowledged) >= expected:
                return
            threading.Event().wait(0.01)
        raise AssertionError(f"Only {len(self.acknowledged)} of {expected} documents went through.")

    def _send(self, path: str) -> None:
        person = self._officer.again()
        while not self._stop.is_set():
            self.acknowledged.append(self._until_acknowledged(person, path, secrets.token_hex(16)))

    def _until_acknowledged(self, person: Person, path: str, key: str) -> str:
        for _ in range(1000):
            try:
                answer = upload(person, path, CONTENT, "a.pdf", key, documentTypeId=self._type_id)
            except (OSError, http.client.HTTPException):
                continue
            if answer.status == 201:
                return str(answer.data["id"])
            assert answer.status in {502, 503, 504}, answer.body
            threading.Event().wait(0.05)
        raise AssertionError("A document was not acknowledged.")


def test_no_kill_leaves_a_row_without_bytes_or_bytes_that_nobody_knows_of(platform: Platform, team: Team) -> None:
    type_id = team.admin.post("/documents/types", {"name": f"Letter {secrets.token_hex(4)}"}).data["id"]
    paths = [f"/documents/loan/{team.draft()['id']}" for _ in range(PEOPLE)]
    senders = Senders(team.officer, paths, type_id)

    def strike() -> None:
        for _ in range(3 * ROUNDS):
            senders.wait_for_more(5)
            platform.kill("lending-web")
        senders.wait_for_more(5)

    senders.send_while(strike)
    platform.wait_until_ready()
    with psycopg.connect(platform.admin_url, dbname="mp") as database:
        keys = {key for (key,) in database.execute("SELECT key FROM lending.loan_documents")}
        waiting = {key for (key,) in database.execute("SELECT key FROM lending.unclaimed_file")}
    folder = platform.root / "documents" / "lending" / "documents"
    # The name of a draft begins with a dot.
    kept = {f"documents/{file.name.lstrip('.')}" for file in folder.rglob("*") if file.is_file()}
    assert keys <= kept <= keys | waiting
    listed = {row["id"] for path in paths for row in team.officer.get(path).data}
    assert (len(senders.acknowledged), listed) == (len(listed), set(senders.acknowledged))

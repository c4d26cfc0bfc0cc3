"""Everything goes back to how it is in a backup: kept here, or brought as a file; or to nothing but the admin."""

import json
from contextlib import suppress
from decimal import Decimal
from http.client import HTTPException
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
import pytest

from deploy.local.platform import temporary_platform
from shared.testing import eventually
from tests.client import Person, sign_in
from tests.conftest import CHEAP_HASHES, PATIENCE, REVERSALS
from tests.every_read import every_read
from tests.going_back import dead_letters, differences, reads, wait_until_settled
from tests.institution import PASSWORD, Team, new_team, owed_and_paid, portfolio
from tests.long_form import in_long_form

pytestmark = pytest.mark.timeout(900)
SECONDS = 300


@pytest.fixture(scope="module")
def own(broker_url):
    """A platform of its own: what is restored is all of it."""
    environment = CHEAP_HASHES | PATIENCE | REVERSALS | {"REPORTING_ALLOW_RESET": "true"}
    with temporary_platform(environment=environment) as platform:
        yield platform


def admin_of(platform) -> Person:
    """The first admin, signed in anew, once the service of backups knows of them."""
    admin = sign_in(platform.url, platform.credentials.email, platform.credentials.password)
    eventually(lambda: admin.get("/backup/list").status == 200, seconds=SECONDS)
    return admin


def make_backup(admin: Person) -> dict[str, Any]:
    backup_id = admin.post("/backup/create", {}).data["backupId"]

    def completed() -> Any:
        found = next(one for one in admin.get("/backup/list").data if one["id"] == backup_id)
        assert found["status"] != "failed", found
        return found["status"] == "completed" and found

    return eventually(completed, seconds=SECONDS)


def wait_until_over(platform, location: str) -> None:
    """The session of who asks ends in the middle of it."""
    people: list[Person] = []

    def is_over() -> bool:
        if not people:
            people.append(sign_in(platform.url, platform.credentials.email, platform.credentials.password))
        answer = people[0].get(location.removeprefix("/api"))
        if answer.status == 401:
            people.clear()
        if answer.status != 200:
            return False
        assert answer.data["state"] != "failed", answer.data
        return bool(answer.data["state"] == "done")

    eventually(is_over, seconds=SECONDS)


def restore(platform, admin: Person, body: Any) -> None:
    answer = admin.post("/backup/restore", body).accepted()
    if answer.status == 202:
        wait_until_over(platform, answer.headers["location"])
    wait_until_settled(platform, SECONDS)


def team_again(platform, team: Team, emails: tuple[str, str]) -> Team:
    """The people of a team after everybody has to sign in again, once the gateway has heard that they may."""
    body = {"email": emails[0], "password": PASSWORD}
    eventually(lambda: Person(platform.url).post("/auth/login", body).status == 200, seconds=60)
    supervisor, officer = (sign_in(platform.url, email, PASSWORD) for email in emails)
    return Team(admin_of(platform), supervisor, officer, team.union)


def emails_of(team: Team) -> tuple[str, str]:
    supervisor, officer = (team.admin.get(f"/users/{one.id}").data["email"] for one in (team.supervisor, team.officer))
    return supervisor, officer


def user_ids(admin: Person) -> list[str]:
    """Who has an account."""
    users = admin.get("/users", limit=100).data
    return [user["id"] for user in (users["users"] if isinstance(users, dict) else users)]


def test_a_backup_that_is_kept_puts_everything_back(own):
    admin = admin_of(own)
    team = new_team(admin)
    loan, settled = team.active_loan(), team.active_loan()
    team.pay(loan["id"], 5000).accepted()
    team.pay(settled["id"], 50000).accepted()
    members = [one["unionMemberId"] for one in (loan, settled)]
    emails = emails_of(team)
    wait_until_settled(own, SECONDS)
    before = reads(team, [loan["id"], settled["id"]], members)
    backup = make_backup(admin)

    later = team.active_loan()
    team.pay(loan["id"], 7000).accepted()
    restore(own, admin, {"backupId": backup["id"]})

    assert team.officer.get("/loans").status == 401, "everybody has to sign in again"
    team = team_again(own, team, emails)
    assert differences(before, reads(team, [loan["id"], settled["id"]], members)) == []
    assert team.officer.get(f"/loans/{later['id']}").status == 404
    assert set(dead_letters(own).values()) == {0}

    team.pay(loan["id"], 1000).accepted()
    wait_until_settled(own, SECONDS)
    assert owed_and_paid(team.officer, loan["id"]) == (44000, 6000)
    assert team.draft()["loanNumber"] > later["loanNumber"], "no number is given twice"
    assert team.member()["code"] not in {one["code"] for one in team.officer.get("/union-members").data[1:]}
    trail = team.admin.get("/audit-logs", action="SYSTEM_RESTORED").data
    assert trail[0]["metadata"]["safetyBackupId"]


def test_a_file_puts_an_empty_installation_in_the_same_state(own):
    """Of one platform into another, which has nothing but its admin."""
    admin = admin_of(own)
    team = new_team(admin)
    loan, settled = team.active_loan(), team.active_loan()
    team.pay(loan["id"], 5000).accepted()
    team.pay(settled["id"], 50000).accepted()
    loans, members = zip(*((one["id"], one["unionMemberId"]) for one in (loan, settled)), strict=True)
    emails = emails_of(team)
    wait_until_settled(own, SECONDS)
    before = every_read(team, loans, members)
    assert sum(status == 200 for status, _ in before.values()) >= 200
    backup = make_backup(admin)
    file = admin.get(f"/backup/download/{backup['id']}").body

    with temporary_platform(environment=CHEAP_HASHES | PATIENCE) as other:
        stranger = admin_of(other)
        restore(other, stranger, {"backupData": file})
        assert admin_of(other).get("/auth/me").status in {200, 404}
        restored = team_again(other, team, emails)
        assert differences(before, every_read(restored, loans, members)) == []
        assert restored.draft()["loanNumber"] > settled["loanNumber"]


def damaged(file: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"backupData": file | {"metadata": file["metadata"] | metadata}}


def test_what_is_no_whole_backup_is_refused_and_changes_nothing(own):
    admin = admin_of(own)
    backup = make_backup(admin)
    file = admin.get(f"/backup/download/{backup['id']}").body
    whole = json.dumps({"backupData": file}).encode()
    other_release = json.loads(whole)
    other_release["backupData"]["services"]["lending"]["migration"] = "0001"
    changed = json.loads(whole)
    changed["backupData"]["data"]["users"][0]["role"] = "ADMIN "
    refused = {
        "an empty object": ({}, 400),
        "text": (b"no JSON", 400),
        "a file that was cut off": (whole[: len(whole) // 2], 400),
        "another checksum": (damaged(file, checksum="0" * 64), 400),
        "another form": (damaged(file, format="something"), 400),
        "an older form": (damaged(file, version="1"), 400),
        "a changed row": (changed, 400),
        "another release": (other_release, 409),
    }
    users = user_ids(admin)
    for name, (body, status) in refused.items():
        answer = admin.post("/backup/restore", body)
        assert answer.status == status, (name, answer.body)
        assert answer.message, name
    assert user_ids(admin) == users
    long = admin.call("POST", "/backup/restore", None, Content_Length=str(2 * 1024**3))
    assert long.status == 413


def state_of_newest(platform) -> str | None:
    """How far the restore is that was asked for last."""
    with psycopg.connect(platform.admin_url, dbname="mp") as database:
        row = database.execute("SELECT state FROM reporting.restores ORDER BY created_at DESC LIMIT 1").fetchone()
    return row[0] if row else None


# Who is killed, and how far the restore is then.
STRIKES = [
    ("payments-worker", "loading"),
    ("postgres", "loading"),
    pytest.param("identity-worker", "closing", marks=in_long_form),
    pytest.param("payments-worker", "checking", marks=in_long_form),
    pytest.param("reporting-worker", "saving", marks=in_long_form),
    pytest.param("reporting-worker", "loading", marks=in_long_form),
    pytest.param("reporting-web", "checking", marks=in_long_form),
    pytest.param("payments-web", "loading", marks=in_long_form),
    pytest.param("gateway", "saving", marks=in_long_form),
    pytest.param("gateway", "loading", marks=in_long_form),
    pytest.param("rabbitmq", "saving", marks=in_long_form),
    pytest.param("rabbitmq", "loading", marks=in_long_form),
]


@pytest.mark.chaos
@pytest.mark.parametrize(("victim", "state"), STRIKES)
def test_a_restore_ends_whole_whoever_is_killed(victim, state, own):
    admin = admin_of(own)
    team = new_team(admin)
    loan = team.active_loan()
    team.pay(loan["id"], 5000).accepted()
    emails = emails_of(team)
    wait_until_settled(own, SECONDS)
    before = reads(team, [loan["id"]], [loan["unionMemberId"]])
    backup = make_backup(admin)
    team.pay(loan["id"], 7000).accepted()

    # Whoever asks may get no answer when what answers them is killed.
    def ask() -> None:
        with suppress(OSError, HTTPException):
            admin.again().post("/backup/restore", {"backupId": backup["id"]})

    asking = Thread(target=ask)
    asking.start()
    eventually(lambda: state_of_newest(own) == state, seconds=SECONDS)
    own.kill(victim)
    own.wait_until_ready()
    eventually(lambda: state_of_newest(own) == "done", seconds=SECONDS)
    asking.join(60)
    wait_until_settled(own, SECONDS)
    team = team_again(own, team, emails)
    assert differences(before, reads(team, [loan["id"]], [loan["unionMemberId"]])) == []


OLD_FILE = Path(__file__).parents[1] / "data" / "replaced_system.json"


def rows(entries: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    """These fields of each, in order."""
    return [tuple(entry[name] for name in names) for entry in entries]


def test_a_file_of_the_replaced_system_is_taken_over(own):
    file, admin = json.loads(OLD_FILE.read_text(encoding="utf-8")), admin_of(own)
    people = user_ids(admin)
    refused = admin.post("/backup/restore", {"backupData": file})
    assert refused.status == 409
    assert "1 unionMemberDocuments: their bytes are not in the file" in refused.message
    assert user_ids(admin) == people, "what has no place is said before anything changes"
    leftover = {"section": "unionMemberDocuments", "reason": "their bytes are not in the file", "count": 1}
    assert leftover in admin.get("/backup/restores").data[0]["leftovers"]
    restore(own, admin, {"backupData": file, "leaveOut": True})

    body = {"email": "officer@old.example.org", "password": PASSWORD}
    eventually(lambda: Person(own.url).post("/auth/login", body).status == 200, seconds=60)
    officer, admin = sign_in(own.url, body["email"], PASSWORD), admin_of(own)
    eventually(lambda: len(officer.get("/schedules").data) == 3, seconds=60)
    wait_until_settled(own, SECONDS)
    union = officer.get("/unions").data[0]
    assert (union["name"], union["_count"]) == ("Market Women", {"unionMembers": 2, "loans": 4})
    members = officer.get("/union-members").data
    assert sorted(rows(members, "code", "firstName", "email", "dateOfBirth")) == [
        ("MEM000041", "Ngozi", "ngozi@example.org", "1990-05-01T00:00:00.000Z"),
        ("MEM000042", "Bisi", None, "1990-05-01T00:00:00.000Z"),
    ]
    loans = {loan["loanNumber"]: loan for loan in officer.get("/loans").data}
    assert {number: loan["status"] for number, loan in loans.items()} == {
        "LN00000101": "ACTIVE", "LN00000102": "COMPLETED", "LN00000103": "ACTIVE", "LN00000104": "DRAFT",
    }  # fmt: skip
    money = {number: owed_and_paid(officer, loan["id"]) for number, loan in loans.items() if number != "LN00000104"}
    assert money == {
        "LN00000101": (Decimal("5666.66"), Decimal("4333.34")),
        "LN00000102": (Decimal(0), Decimal("561.00")),
        "LN00000103": (Decimal("800.00"), Decimal("100.00")),
    }
    schedule = officer.get(f"/loans/{loans['LN00000102']['id']}/schedule").data
    assert rows(schedule, "dueDate", "principalDue", "interestDue", "feeDue", "paidAmount", "status") == [
        ("2026-02-10T00:00:00.000Z", "250.25", "25.25", "10.00", "285.50", "PAID"),
        ("2026-03-10T00:00:00.000Z", "250.25", "25.25", "0.00", "275.50", "PAID"),
    ]
    received = officer.get("/repayments", loanId=loans["LN00000101"]["id"]).data
    assert sorted(rows(received, "amount", "method", "kind")) == [
        ("-50.00", "CASH", "REVERSAL"),
        ("1000.01", "TRANSFER", "REPAYMENT"),
        ("3333.33", "CASH", "REPAYMENT"),
        ("50.00", "CASH", "REPAYMENT"),
    ]
    supervisor = sign_in(own.url, "supervisor@old.example.org", PASSWORD)
    assert portfolio(supervisor) == (Decimal("6466.66"), Decimal("4994.34"))
    assert set(dead_letters(own).values()) == {0}
    assert not [mail for mail in admin.get("/settings/mails", limit=100).data if "ngozi" in str(mail)]

    Team(admin, admin, officer, union).pay(loans["LN00000103"]["id"], 800).accepted()
    eventually(lambda: officer.get(f"/loans/{loans['LN00000103']['id']}").data["status"] == "COMPLETED")
    team = Team(admin, admin, officer, union)
    assert team.member()["code"] == "MEM000043"
    assert team.draft()["loanNumber"] == "LN00000105"


def test_a_reset_leaves_the_admin_alone(own):
    admin = admin_of(own)
    team = new_team(admin)
    team.active_loan()
    wait_until_settled(own, SECONDS)
    assert admin.post("/backup/reset", {"confirmationToken": "delete"}).status == 400
    answer = admin.post("/backup/reset", {"confirmationToken": "DELETE"}).accepted()
    if answer.status == 202:
        wait_until_over(own, answer.headers["location"])
    wait_until_settled(own, SECONDS)
    admin = admin_of(own)
    eventually(lambda: not admin.get("/settings/company").data["maintenanceMode"], seconds=60)
    assert user_ids(admin) == [admin.id]
    for path in ("/unions", "/union-members", "/loans", "/repayments"):
        assert admin.get(path).data == []
    assert admin.get("/audit-logs", action="SYSTEM_RESET").data
    assert new_team(admin).active_loan()["loanNumber"]

"""Who was erased is named nowhere any more, in no service, but where it is said to stay for a time."""

from pathlib import PurePath
from typing import Any

import psycopg
import pytest
from psycopg import sql

from deploy.database.provision import SERVICES
from deploy.local.parts import DOCUMENTS
from deploy.local.platform import Platform
from shared.storage.tests.samples import PDF, picture
from shared.testing import eventually
from tests.client import random_name, upload
from tests.institution import Team, owed_and_paid

pytestmark = pytest.mark.timeout(300)

CANARY = "canarybird"
NAMING_PDF = PDF.replace(b"harmless in here", f"{CANARY:16}".encode())


def tables_with(platform: Platform, word: str) -> set[tuple[str, str]]:
    """The tables, by schema, in which a word stands anywhere."""
    found = set()
    with psycopg.connect(platform.admin_url, dbname="mp") as database:
        tables = database.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s)", [list(SERVICES)]
        ).fetchall()
        for schema, table in tables:
            query = sql.SQL("SELECT EXISTS (SELECT FROM {} AS kept WHERE kept::text ILIKE %s)")
            row = database.execute(query.format(sql.Identifier(schema, table)), [f"%{word}%"]).fetchone()
            if row and row[0]:
                found.add((schema, table))
    return found


def files_with(platform: Platform, word: str) -> set[str]:
    """The stored files in which a word stands, or whose name has it."""
    files = [path for path in (platform.root / DOCUMENTS).rglob("*") if path.is_file()]
    return {path.name for path in files if word in path.name or word.encode() in path.read_bytes()}


def files_to_be_removed(platform: Platform) -> set[str]:
    """The stored files that no row refers to; a timer removes those that are so for an hour."""
    query = sql.SQL("SELECT key FROM {}.unclaimed_file")
    with psycopg.connect(platform.admin_url, dbname="mp") as database:
        keeping = database.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'unclaimed_file'").fetchall()
        keys = [key for (schema,) in keeping for (key,) in database.execute(query.format(sql.Identifier(schema)))]
    return {PurePath(key).name for key in keys}


def assert_named_nowhere(platform: Platform) -> None:
    """Once the past was looked through, which timers do."""
    left: set[tuple[str, str]] = set()

    def are_none_left() -> bool:
        nonlocal left
        left = tables_with(platform, CANARY)
        return not left

    try:
        eventually(are_none_left, seconds=120)
    except AssertionError:
        pytest.fail(f"They are named in {sorted(left)}: {rows_with(platform, CANARY, left)}")


def rows_with(platform: Platform, word: str, tables: set[tuple[str, str]]) -> list[str]:
    """The rows in which a word stands."""
    with psycopg.connect(platform.admin_url, dbname="mp") as database:
        query = "SELECT kept::text FROM {} AS kept WHERE kept::text ILIKE %s"
        return [
            row
            for table in tables
            for (row,) in database.execute(sql.SQL(query).format(sql.Identifier(*table)), [f"%{word}%"])
        ]


def _a_borrower(team: Team) -> tuple[dict[str, Any], str]:
    """A member of whom every service keeps something, whose loan is repaid."""
    kind = team.admin.post("/documents/types", {"name": random_name("Paper")}).data["id"]
    body = {
        "firstName": CANARY, "lastName": f"{CANARY}son", "unionId": team.union["id"], "phone": "08030000000",
        "email": f"{CANARY}@example.org", "address": f"1 {CANARY} Road", "note": f"Keeps a {CANARY}",
    }  # fmt: skip
    member = team.officer.post("/union-members", body, Idempotency_Key="a new member").data
    upload(
        team.officer, f"/documents/union-member/{member['id']}", NAMING_PDF, f"{CANARY}.pdf", documentTypeId=kind
    ).accepted()
    upload(team.officer, f"/documents/union-member/{member['id']}/profile", picture("PNG"), "me.png").accepted()
    loan = team.draft(member, notes=f"For a {CANARY} cage")
    guarantor = f"/documents/loan/{loan['id']}/guarantor/grace"
    words = {"documentTypeId": kind, "guarantorName": f"Grace {CANARY}"}
    upload(team.officer, guarantor, NAMING_PDF, f"{CANARY}.pdf", **words).accepted()
    team.officer.patch(f"/loans/{loan['id']}/submit").accepted()
    team.supervisor.patch(f"/loans/{loan['id']}/approve").accepted()
    disbursement = {"disbursedAt": "2026-03-11", "method": "TRANSFER", "reference": "TXN123456"}
    team.supervisor.post(f"/loans/{loan['id']}/disburse", disbursement).accepted()
    _what_people_write(team, member, loan["id"])
    paid = {"loanId": loan["id"], "amount": 50000, "method": "CASH", "notes": f"Brought by {CANARY}"}
    team.officer.post("/repayments", paid, Idempotency_Key="of the member").accepted()
    return member, str(loan["id"])


def _what_people_write(team: Team, member: dict[str, Any], loan_id: str) -> None:
    """Reasons, notes and searches in which the member is named, in the life of their loans."""
    charge = {"kind": "PENALTY", "amount": "10.00", "note": f"{CANARY} came late"}
    charged = team.supervisor.post(f"/loans/{loan_id}/charges", charge).accepted().data["id"]
    waiver = {"reason": f"{CANARY} was ill"}
    team.supervisor.post(f"/loans/{loan_id}/charges/{charged}/waive", waiver).accepted()
    mistaken = {"loanId": loan_id, "amount": "7.77", "method": "CASH", "notes": f"Of {CANARY}"}
    paid = team.officer.post("/repayments", mistaken).accepted().data["id"]
    team.admin.post(f"/repayments/{paid}/reverse", {"reason": f"Not of {CANARY}"}).accepted()
    team.officer.get(f"/repayments/{paid}/receipt").accepted()
    team.officer.get("/union-members/export/csv", search=CANARY, unionMemberId=member["id"]).accepted()
    team.officer.put(f"/union-members/{member['id']}", {"city": f"{CANARY} Town"}).accepted()


# What stands elsewhere in the export by another name, or only repeats it.
SECTIONS = {
    "directory_member": "directory",
    "member_documents": "documents",
    "loan_documents": "documents",
    "loan_repayments": "repayments",
    "loan_accounts": "accounts",
    "audit_entries": "auditLogs",
    "members": "member",
    "mail": "mails",
}
COPIES = {"outbox", "idempotency"}


def assert_all_is_exported(platform: Platform, team: Team, member: dict[str, Any]) -> None:
    """Whoever asks what is kept about a member gets it from every table that names them."""
    path = f"/union-members/{member['id']}/data"
    assert team.officer.get(path).status == 403
    named = {(schema, table) for schema, table in tables_with(platform, CANARY) if table not in COPIES}

    def missing() -> set[tuple[str, str]]:
        exported = team.admin.get(path).data
        return {(schema, table) for schema, table in named if not names(exported[schema][SECTIONS.get(table, table)])}

    eventually(lambda: not missing())
    noted = {"action": "UNION_MEMBER_DATA_EXPORTED", "entityId": member["id"]}
    eventually(lambda: team.admin.get("/audit-logs", **noted).data)


def names(records: list[dict[str, Any]]) -> bool:
    return CANARY in str(records)


def test_who_was_erased_is_named_nowhere_and_the_money_stays(platform: Platform, team: Team) -> None:
    member, loan_id = _a_borrower(team)
    eventually(lambda: ("notifications", "mail") in tables_with(platform, CANARY))
    named = {schema for schema, _ in tables_with(platform, CANARY)}
    assert named == set(SERVICES)
    assert len(files_with(platform, CANARY)) == 2, "the paper of the member and that of the guarantor"
    assert_all_is_exported(platform, team, member)
    money = owed_and_paid(team.admin, loan_id)
    body = {"confirmation": member["code"], "reason": "Asked for it in writing"}
    path = f"/union-members/{member['id']}/erase"
    eventually(lambda: team.admin.post(path, body).status == 200)  # Once membership knows that the loan is repaid.
    assert_named_nowhere(platform)
    assert files_with(platform, CANARY) <= files_to_be_removed(platform)
    assert owed_and_paid(team.admin, loan_id) == money
    loan = team.admin.get(f"/loans/{loan_id}").data
    assert (loan["unionMember"]["firstName"], loan["unionMember"]["code"]) == ("Erased", member["code"])

"""Who was erased is named nowhere any more, in no service, but where it is said to stay for a time."""

from typing import Any

import psycopg
import pytest
from psycopg import sql

from deploy.database.provision import SERVICES
from deploy.local.platform import Platform
from shared.storage.tests.samples import PDF, picture
from shared.testing import eventually
from tests.client import random_name, upload
from tests.institution import Team, owed_and_paid

pytestmark = pytest.mark.timeout(300)

# What is left, for how long and why: docs/decisions/57-erasure.md.
STAYS = {"outbox", "audit_entries", "mail"}
CANARY = "canarybird"


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


def _a_borrower(team: Team) -> tuple[dict[str, Any], str]:
    """A member of whom every service keeps something, whose loan is repaid."""
    kind = team.admin.post("/documents/types", {"name": random_name("Paper")}).data["id"]
    body = {
        "firstName": CANARY, "lastName": f"{CANARY}son", "unionId": team.union["id"], "phone": "08030000000",
        "email": f"{CANARY}@example.org", "address": f"1 {CANARY} Road", "note": f"Keeps a {CANARY}",
    }  # fmt: skip
    member = team.officer.post("/union-members", body, Idempotency_Key="a new member").data
    upload(
        team.officer, f"/documents/union-member/{member['id']}", PDF, f"{CANARY}.pdf", documentTypeId=kind
    ).accepted()
    upload(team.officer, f"/documents/union-member/{member['id']}/profile", picture("PNG"), "me.png").accepted()
    loan = team.draft(member, notes=f"For a {CANARY} cage")
    guarantor = f"/documents/loan/{loan['id']}/guarantor/grace"
    words = {"documentTypeId": kind, "guarantorName": f"Grace {CANARY}"}
    upload(team.officer, guarantor, PDF, f"{CANARY}.pdf", **words).accepted()
    team.officer.patch(f"/loans/{loan['id']}/submit").accepted()
    team.supervisor.patch(f"/loans/{loan['id']}/approve").accepted()
    disbursement = {"disbursedAt": "2026-03-11", "method": "TRANSFER", "reference": "TXN123456"}
    team.supervisor.post(f"/loans/{loan['id']}/disburse", disbursement).accepted()
    paid = {"loanId": loan["id"], "amount": 50000, "method": "CASH", "notes": f"Brought by {CANARY}"}
    team.officer.post("/repayments", paid, Idempotency_Key="of the member").accepted()
    return member, str(loan["id"])


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
    assert_all_is_exported(platform, team, member)
    money = owed_and_paid(team.admin, loan_id)
    body = {"confirmation": member["code"], "reason": "Asked for it in writing"}
    path = f"/union-members/{member['id']}/erase"
    eventually(lambda: team.admin.post(path, body).status == 200)  # Once membership knows that the loan is repaid.
    eventually(lambda: {table for _, table in tables_with(platform, CANARY)} <= STAYS)
    assert owed_and_paid(team.admin, loan_id) == money
    loan = team.admin.get(f"/loans/{loan_id}").data
    assert (loan["unionMember"]["firstName"], loan["unionMember"]["code"]) == ("Erased", member["code"])

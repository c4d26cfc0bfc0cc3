"""Erasing who a member is."""

import io

import pytest
from sqlalchemy import func, select, text, update

from services.membership.models import Member, MemberDocument, MemberErasure
from services.membership.queries import counts
from services.membership.queries.loans import KeptLoan, add_loans
from services.membership.tests.conftest import AT
from services.membership.usecases.erasure import erase_again
from shared import tally
from shared.db import unit_of_work
from shared.erasure import places
from shared.erasure.sweeps import sweeping
from shared.erasure.tables import OF_ALL, erasure_sweeps
from shared.ids import new_id
from shared.messaging.events import Envelope
from shared.messaging.outbox import outbox
from shared.storage import unclaimed
from shared.storage.tests.samples import PDF, picture
from shared.tally import EVERYBODY

LATE = """
    INSERT INTO outbox (id, type, aggregate_id, version, body)
    VALUES (gen_random_uuid(), 'membership.member.updated.v1', gen_random_uuid(), 1, :body)
"""
REASON = "Asked for it in writing"
# Each stands in one place only, so that what is left of it shows where it was left.
CANARIES = {
    "first_name": "Canaryone", "last_name": "Canarytwo", "email": "canary@example.org", "phone": "0803CANARY",
    "address": "4 Canary Road", "profession": "Canary breeder", "company": "Canary and Sons", "city": "Canaryville",
    "state": "Canary State", "country": "Canaries", "zip_code": "CAN-ARY", "note": "Has a canary",
}  # fmt: skip


@pytest.fixture
def canary(client, admin, a_member, a_union, other_officer):
    """A member with all there can be: papers, one of them taken away, a picture, a move and a word of why."""
    member = a_member(**CANARIES)
    papers = f"/documents/union-member/{member.id}"
    kind = client.post("/documents/types", json={"name": "Passport"}, headers=admin.headers).json["data"]["id"]
    for name in ("canary.pdf", "canary-gone.pdf"):
        form = {"file": (io.BytesIO(PDF), name), "documentTypeId": kind, "description": "Passport of the canary"}
        made = client.post(papers, data=form, headers=admin.headers)
        assert made.status_code == 201, made.json
    client.delete(f"{papers}/{made.json['data']['id']}", headers=admin.headers)
    form = {"file": (io.BytesIO(picture("PNG")), "canary.png")}
    assert client.post(f"{papers}/profile", data=form, headers=admin.headers).status_code in (200, 201)
    moved = {"newUnionId": str(a_union(officer_id=other_officer.id).id), "reason": "The canary moved house"}
    assert client.post(f"/union-members/{member.id}/reassign", json=moved, headers=admin.headers).status_code == 200
    return member


@pytest.fixture
def erase(client, admin):
    def call(member, *, confirmation=None, by=admin):
        body = {"confirmation": confirmation or member.code, "reason": REASON}
        return client.post(f"/union-members/{member.id}/erase", json=body, headers=by.headers)

    return call


def tables_with(sessions, word):
    """The tables in which a word stands anywhere."""
    with sessions() as session:
        names = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")).all()
        found = text("SELECT count(*) FROM {} AS row WHERE CAST(row AS text) ILIKE :word").text
        return {name for name in names if session.scalar(text(found.format(name)), {"word": f"%{word}%"})}


def is_something_left(sessions):
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(erasure_sweeps))


def test_nothing_says_any_more_who_they_were(client, admin, sessions, canary, erase):
    assert "members" in tables_with(sessions, "canary")
    assert "member_documents" in tables_with(sessions, "canary")
    with sessions() as session:
        keys = set(session.scalars(select(MemberDocument.key)))
    answer = erase(canary)
    assert (answer.status_code, answer.json["data"]) == (200, None)
    # A timer of the worker looks through the past, by the names that are kept for it until then.
    assert tables_with(sessions, "canary") == {"outbox", "erasure_sweeps"}
    sweeping().work(sessions)
    assert not tables_with(sessions, "canary")
    with sessions() as session:
        member = session.get(Member, canary.id)
        assert (member.code, member.first_name, member.last_name) == (canary.code, "Erased", "Erased")
        noted = set(session.scalars(select(unclaimed.unclaimed_file.c.key)))
        assert keys < noted
        assert len(noted) == len(keys) + 1
        assert tally.total(session.connection(), counts.MEMBER, [EVERYBODY]) == 0
    assert client.get(f"/union-members/{canary.id}", headers=admin.headers).status_code == 404


def test_the_past_is_looked_through_part_by_part_and_twice(sessions, canary, erase, monkeypatch):
    monkeypatch.setattr(places, "_ROWS", 1)
    with sessions() as session:
        event = select(outbox.c.body).where(outbox.c.type == "membership.member.updated.v1").limit(1)
        late = session.scalar(event)
    assert "Canary" in late
    erase(canary)
    while "outbox" in tables_with(sessions, "canary"):
        sweeping().work(sessions)
    sweeping().work(sessions)
    with sessions.begin() as session:
        assert session.execute(select(erasure_sweeps.c.place, erasure_sweeps.c.is_last)).all() == [
            (place, True) for place in OF_ALL
        ]
        # Of an event that came late, and of the time when nobody knows any more what they were called.
        session.execute(text(LATE), {"body": late})
        session.execute(update(erasure_sweeps).values(due_at=func.now()))
    while is_something_left(sessions):
        sweeping().work(sessions)
    assert not tables_with(sessions, "canary")


def test_the_event_carries_nothing_of_them(sessions, canary, erase):
    erase(canary)
    with sessions() as session:
        bodies = session.scalars(select(outbox.c.body).order_by(outbox.c.seq.desc()).limit(2)).all()
    types = {Envelope.from_json(body).type for body in bodies}
    assert types == {"membership.member.erased.v1", "membership.audit.recorded.v1"}
    assert not any("canary" in body.lower() for body in bodies)


def test_who_was_deleted_can_be_erased_and_is_counted_once(client, admin, sessions, canary, erase):
    assert client.delete(f"/union-members/{canary.id}", headers=admin.headers).status_code == 200
    assert erase(canary).status_code == 200
    with sessions() as session:
        assert tally.total(session.connection(), counts.MEMBER, [EVERYBODY]) == 0
    again = erase(canary)
    assert (again.status_code, again.json["code"]) == (409, "already-erased")


@pytest.mark.parametrize(
    ("status", "is_erased"),
    [
        *(
            (status, False)
            for status in ("DRAFT", "PENDING_APPROVAL", "APPROVED", "ACTIVE", "DEFAULTED", "WRITTEN_OFF")
        ),
        *((status, True) for status in ("COMPLETED", "REJECTED", "CANCELED", "DELETED")),
    ],
)
def test_nobody_is_erased_while_something_is_open_or_owed(sessions, a_member, erase, status, is_erased):
    member = a_member()
    with sessions.begin() as session:
        add_loans(session.connection(), [KeptLoan(new_id(), member.id, status, 1)])
    answer = erase(member)
    assert answer.status_code == (200 if is_erased else 409)
    assert is_erased or answer.json["code"] == "member-owes"


def test_it_takes_an_admin_who_types_the_code_and_says_why(
    client, admin, supervisor, officer, sessions, a_member, erase
):
    member = a_member()
    for who in (supervisor, officer):
        assert erase(member, by=who).status_code == 403
    wrong = erase(member, confirmation="MEM999999")
    assert (wrong.status_code, wrong.json["code"]) == (400, "erasure-not-confirmed")
    path = f"/union-members/{member.id}/erase"
    for body in ({}, {"confirmation": member.code}, {"confirmation": member.code, "reason": " "}):
        assert client.post(path, json=body, headers=admin.headers).status_code == 400
    absent = client.post(
        f"/union-members/{new_id()}/erase", json={"confirmation": "x", "reason": "x"}, headers=admin.headers
    )
    assert absent.status_code == 404
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(MemberErasure)) == 0
        assert session.get(Member, member.id).first_name == "Ada"


def test_who_is_there_again_after_a_restore_is_erased_again(sessions, canary, erase):
    with sessions() as session:
        before = dict(session.execute(select(Member.__table__).where(Member.id == canary.id)).mappings().one())
    erase(canary)
    with sessions.begin() as session:
        # What a restore brings back, as it was before.
        session.execute(Member.__table__.update().where(Member.id == canary.id).values(before))
    for erased in (1, 0):
        with unit_of_work(sessions, "membership") as uow:
            assert erase_again(uow, at=AT) == erased
    assert tables_with(sessions, "canary") <= {"outbox", "idempotency", "erasure_sweeps"}

"""Things that several people do at the same moment, each in a transaction of their own."""

import io
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from services.membership.domain.deletion import UnionNotEmpty
from services.membership.domain.transfer import TransferEnded
from services.membership.models import Member, MemberDocument, Union, UnionAssignment
from services.membership.queries.unions import UnionNotFound
from services.membership.tests.conftest import AT, TODAY
from services.membership.usecases.document_types import (
    DocumentTypeInUse,
    create_document_type,
    delete_document_type,
)
from services.membership.usecases.documents import add_document
from services.membership.usecases.members import EmailTaken, create_member, update_member
from services.membership.usecases.transfers import cancel_transfer, create_transfer, execute_transfer
from services.membership.usecases.unions import assign_union, delete_union
from shared.db import run_transaction, unit_of_work
from shared.errors import Conflict, NotFound
from shared.storage import unclaimed
from shared.storage.errors import FileMissing, UploadForgotten
from shared.storage.keys import PRIVATE, Stored, new_key
from shared.storage.local import LocalStorage

RIVALS = 8


@pytest.fixture
def at_once(sessions):
    """Runs works in parallel transactions; returns what each returned or the business error it met."""

    def run(works):
        def attempt(work):
            try:
                return run_transaction(sessions, "membership", work)[0]
            except (Conflict, NotFound) as error:
                return type(error)

        with ThreadPoolExecutor(RIVALS) as threads:
            return list(threads.map(attempt, works))

    return run


def joining(union_id, admin, **facts):
    facts = {"first_name": "Ada", "last_name": "Obi", "at": AT, "today": TODAY} | facts
    return lambda uow: create_member(uow, union_id=union_id, by=admin.actor, **facts)


def test_members_taken_in_at_once_get_different_codes(at_once, admin, a_union):
    members = at_once([joining(a_union().id, admin)] * 24)
    assert len({member.code for member in members}) == 24


def test_of_members_with_one_email_taken_in_at_once_one_wins(at_once, admin, a_union):
    outcomes = at_once([joining(a_union().id, admin, email="ada@example.com")] * RIVALS)
    assert Counter(outcome is EmailTaken for outcome in outcomes) == {False: 1, True: RIVALS - 1}


def test_a_transfer_that_all_carry_out_at_once_moves_the_union_once(at_once, sessions, admin, other_officer, a_union):
    with unit_of_work(sessions, "membership") as asked:
        union_id, to = a_union().id, other_officer.id
        transfer = create_transfer(asked, union_id=union_id, officer_id=to, by=admin.actor, at=AT, effective_on=TODAY)
    ends = [execute_transfer, cancel_transfer] * (RIVALS // 2)
    outcomes = at_once([lambda uow, end=end: end(uow, transfer_id=transfer.id, by=admin.actor, at=AT) for end in ends])
    assert Counter(outcome is TransferEnded for outcome in outcomes) == {False: 1, True: RIVALS - 1}
    with sessions() as session:
        was_moved = session.get_one(Union, union_id).officer_id == other_officer.id
        assert len(session.scalars(select(UnionAssignment)).all()) == was_moved


def test_every_member_has_the_unions_officer_while_all_change_at_once(
    at_once, sessions, admin, officer, other_officer, a_union, a_member
):
    first, second = a_union(), a_union()
    mover = a_member(union_id=first.id)

    def handing(union_id, to):
        return lambda uow: assign_union(uow, union_id=union_id, officer_id=to.id, by=admin.actor, at=AT)

    def moving(union_id):
        facts = {"member_id": mover.id, "union_id": union_id, "at": AT, "today": TODAY}
        return lambda uow: update_member(uow, by=admin.actor, **facts)

    changes = [
        joining(first.id, admin), handing(first.id, other_officer), moving(second.id), joining(second.id, admin),
        handing(second.id, other_officer), moving(first.id), handing(first.id, officer), joining(first.id, admin),
    ]  # fmt: skip
    at_once(changes * 4)

    with sessions() as session:
        pairs = session.execute(select(Member.officer_id, Union.officer_id).join(Union)).all()
    assert len(pairs) == 13
    assert all(of_member == of_union for of_member, of_union in pairs)


def test_nobody_joins_a_union_that_is_just_being_deleted(at_once, sessions, admin, a_union):
    for _ in range(6):
        union = a_union()
        works = [joining(union.id, admin)] * 3
        works.insert(1, lambda uow, union=union: delete_union(uow, union_id=union.id, by=admin.actor, at=AT))
        outcomes = at_once(works)
        with sessions() as session:
            members = session.scalars(select(Member).where(Member.union_id == union.id)).all()
        if UnionNotEmpty in outcomes:
            assert len(members) >= 1
        else:
            assert outcomes.count(UnionNotFound) == 3
            assert not members


@pytest.fixture
def a_stored_file(sessions):
    """Makes files that are stored and have no row yet."""

    def make():
        file = Stored(new_key(PRIVATE), "a.pdf", "application/pdf", 100)
        with sessions.begin() as session:
            unclaimed.note(session.connection(), file.key)
        return file

    return make


def test_a_type_is_never_deleted_under_a_document_that_is_just_being_added(
    at_once, sessions, admin, a_member, a_stored_file
):
    facts = {"member_id": a_member().id, "by": admin.actor, "at": AT}

    def adding(type_id):
        file = a_stored_file()
        return lambda uow: add_document(uow, document_type_id=type_id, file=file, **facts)

    def deleting(type_id):
        return lambda uow: delete_document_type(uow, document_type_id=type_id, at=AT)

    for name in "abcdef":
        [made] = at_once([lambda uow, name=name: create_document_type(uow, name=name, at=AT)])
        outcomes = at_once([adding(made.id), deleting(made.id), adding(made.id), adding(made.id)])
        added = sum(isinstance(outcome, MemberDocument) for outcome in outcomes)
        assert (DocumentTypeInUse in outcomes) is bool(added)
        with sessions() as session:
            kept = session.scalars(select(MemberDocument).where(MemberDocument.document_type_id == made.id)).all()
        assert len(kept) == added


def test_an_upload_and_the_sweep_never_leave_a_row_without_bytes(at_once, sessions, admin, a_member, tmp_path):
    storage = LocalStorage(str(tmp_path), "membership")
    [kind] = at_once([lambda uow: create_document_type(uow, name="Passport", at=AT)])
    member, keys = a_member(), [new_key(PRIVATE) for _ in range(20)]
    with sessions.begin() as session:
        for key in keys:
            storage.put(key, io.BytesIO(b"bytes"), "application/pdf")
            unclaimed.note(session.connection(), key)
        # As if the uploads had taken more than an hour.
        session.execute(text("UPDATE unclaimed_file SET noted_at = now() - interval '2 hours'"))

    def adding(key):
        file = Stored(key, "a.pdf", "application/pdf", 5)
        facts = {"member_id": member.id, "document_type_id": kind.id, "by": admin.actor, "at": AT}
        try:
            run_transaction(sessions, "membership", lambda uow: add_document(uow, file=file, **facts))
        except UploadForgotten:
            return

    with ThreadPoolExecutor(RIVALS) as threads:
        sweeps = [threads.submit(unclaimed.sweep, sessions, storage) for _ in range(2)]
        list(threads.map(adding, keys))
        swept = sum(sweep.result() for sweep in sweeps)
    with sessions() as session:
        rows = set(session.scalars(select(MemberDocument.key)))
    assert len(rows) + swept == len(keys)
    for key in keys:
        if key in rows:
            assert storage.open(key).size == 5
        else:
            with pytest.raises(FileMissing):
                storage.open(key)

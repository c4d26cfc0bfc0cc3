"""What lending forgets when a member is erased."""

from typing import Any

from sqlalchemy import insert, select

from services.lending.consumers import handlers
from services.lending.models import DocumentType, Loan, LoanDocument
from services.lending.tests.conftest import AT, an_application, apply
from services.lending.tests.consumers.test_directory import envelope
from shared.db import Sessions, unit_of_work
from shared.directory.tables import directory_member
from shared.ids import new_id
from shared.messaging.delivery import deliver
from shared.messaging.events import Envelope
from shared.messaging.outbox import outbox
from shared.storage.keys import PRIVATE, new_key
from shared.storage.unclaimed import unclaimed_file


def _erased(member_id: Any, union_id: Any) -> Envelope:
    data = {
        "member_id": member_id, "code": "MEM000001", "first_name": "Erased", "last_name": "Erased",
        "union_id": union_id, "details": {},
    }  # fmt: skip
    return envelope("membership.member.erased.v1", member_id, 9, data)


def _document(loan_id: Any, kind: Any, **facts: Any) -> dict[str, Any]:
    return {
        "id": new_id(), "loan_id": loan_id, "document_type_id": kind, "key": new_key(PRIVATE), "file_name": "canary",
        "media_type": "application/pdf", "size": 7, "is_verified": False, "uploaded_by": new_id(), "uploaded_at": AT,
        "version": 1, "guarantor_id": None, "guarantor_name": None, "deleted_at": None,
    } | facts  # fmt: skip


def test_papers_guarantors_and_notes_go_and_loans_stay(sessions: Sessions, a_member: Any) -> None:
    canary, other = a_member(first_name="Canary"), a_member()
    with unit_of_work(sessions, "lending") as uow:
        loan, others = (
            apply(uow, who.officer.actor, an_application(who.id, notes="A canary")) for who in (canary, other)
        )
        loan_id, other_loan_id, kind = loan.id, others.id, new_id()
        uow.session.add(
            DocumentType(
                id=kind, code="CARD", name="Card", description=None, is_active=True, created_at=AT, updated_at=AT,
                deleted_at=None, version=1,
            )
        )  # fmt: skip
        uow.session.flush()
        guarantor = {"guarantor_id": "grace", "guarantor_name": "Grace Canary"}
        for facts in ({}, guarantor, {"deleted_at": AT}):
            uow.connection.execute(insert(LoanDocument).values(_document(loan_id, kind, **facts)))
        uow.connection.execute(insert(LoanDocument).values(_document(other_loan_id, kind)))
        keys = set(uow.session.scalars(select(LoanDocument.key).where(LoanDocument.loan_id == loan_id)))

    event = _erased(canary.id, canary.union_id)
    for _ in range(2):
        deliver(sessions, handlers, [event])
    with sessions() as session:
        assert set(session.scalars(select(unclaimed_file.c.key))) == keys
        assert session.scalars(select(LoanDocument.loan_id)).all() == [other_loan_id]
        notes = {loan.id: loan.notes for loan in session.scalars(select(Loan))}
        assert notes == {loan_id: None, other_loan_id: "A canary"}
        row = session.execute(select(directory_member).where(directory_member.c.id == canary.id)).one()
        assert (row.first_name, row.is_deleted, "canary" in row.search) == ("Erased", True, False)
        sent = [Envelope.from_json(body).type for body in session.scalars(select(outbox.c.body))]
    assert sent.count("lending.document.deleted.v1") == 2
    assert sent.count("lending.loan.updated.v1") == 1

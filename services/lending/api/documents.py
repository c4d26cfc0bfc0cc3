"""Documents of loans and of their guarantors."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response
from sqlalchemy import Connection

from services.lending.queries.documents import LOAN_RECORDS, LoanDocumentRow, documents_of_guarantor
from services.lending.queries.loan_detail import loan_detail
from services.lending.shapes.documents import DocumentOfLoan
from services.lending.shapes.loans import LoanDocument
from services.lending.steps.transition import LoanNotFound
from services.lending.usecases.documents import add_document, delete_document
from shared.clock import now
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.documents.bodies import OF_LOAN, DocumentForm, KindQuery, LinkQuery, VerificationBody
from shared.documents.records import document_by_id, documents_of, is_seen
from shared.documents.routes import check_kind, received_document, served, verified
from shared.fields import Text
from shared.shapes import Json
from shared.storage.downloads import file_url, signed_in_or_by_link
from shared.storage.keys import Stored
from shared.storage.uploads import DOCUMENT_PART
from shared.web.auth import current_actor, requires
from shared.web.envelope import success
from shared.web.schema import documented, load_query
from shared.web.transactions import idempotent, reading, transactional

documents = Blueprint("loan_documents", __name__, url_prefix="/documents")


class GuarantorForm(DocumentForm):
    """What is said of a document of a guarantor; whose id the client made, and whose name it may say."""

    guarantor_name = Text(max=120, data_key="guarantorName")


@documents.get("/loan/<uuid:loan_id>")
@requires()
@documented(
    "List the documents of a loan and of its guarantors",
    name="list_loan_documents",
    answer=LoanDocument,
    many=True,
)
def get_documents(loan_id: UUID) -> Response:
    """The documents of a loan and of its guarantors, the newest first. Each `fileUrl` opens for an hour without a sign-
    in, while one's session lasts."""
    with reading() as connection:
        _check_seen(connection, loan_id)
        rows = documents_of(connection, LOAN_RECORDS, loan_id)
    return _listed(rows)


@documents.get("/loan/<uuid:loan_id>/guarantor/<guarantor_id>")
@requires()
@documented("List the documents of a guarantor", name="list_guarantor_documents", answer=LoanDocument, many=True)
def get_guarantor_documents(loan_id: UUID, guarantor_id: str) -> Response:
    """The documents of one guarantor of a loan, the newest first."""
    with reading() as connection:
        _check_seen(connection, loan_id)
        rows = documents_of_guarantor(connection, loan_id, guarantor_id)
    return _listed(rows)


@documents.post("/loan/<uuid:loan_id>")
@requires()
@documented(
    "Add a document to a loan",
    name="upload_loan_document",
    form=DocumentForm,
    files={"file": DOCUMENT_PART},
    answer=LoanDocument,
    status=201,
)
def post_document(loan_id: UUID) -> Response:
    """Add a document to a loan, which may have up to 200. What a file is shows in its content, not in its name."""
    with reading() as connection:
        _check_seen(connection, loan_id)
    fields, file = received_document()
    return _add(loan_id=loan_id, file=file, fields=fields)


@documents.post("/loan/<uuid:loan_id>/guarantor/<guarantor_id>")
@requires()
@documented(
    "Add a document to a guarantor",
    name="upload_guarantor_document",
    form=GuarantorForm,
    files={"file": DOCUMENT_PART},
    answer=DocumentOfLoan,
    status=201,
)
def post_guarantor_document(loan_id: UUID, guarantor_id: str) -> Response:
    """Add a document to a guarantor, who is there from the first one on."""
    with reading() as connection:
        _check_seen(connection, loan_id)
    guarantor = {"guarantor_id": Text(max=100).deserialize(guarantor_id)}
    fields, file = received_document(GuarantorForm)
    return _add(loan_id=loan_id, file=file, fields=fields | guarantor)


@idempotent
def _add(uow: UnitOfWork, loan_id: UUID, file: Stored, fields: dict[str, Any]) -> Response:
    added = add_document(uow, loan_id=loan_id, file=file, by=current_actor(), at=now(), **fields)
    row = document_by_id(uow.connection, LOAN_RECORDS, added.id)
    answer = LoanDocument.of(row, url_of=file_url) if row.guarantor_id is None else _with_loan(uow.connection, row)
    return success(answer, "Document uploaded successfully", status=201)


@documents.get("/serve/<uuid:document_id>")
@signed_in_or_by_link
@documented("Open a document", name="serve_document", query=LinkQuery, enveloped=False, media_type="*/*")
def get_file(document_id: UUID, reader: Actor) -> Response:
    """The file itself, of a loan, a guarantor or a member: for signed-in staff who may see it, or for anybody by the
    signed link in `fileUrl`, for an hour and while who got it may see it and their session lasts."""
    return served(LOAN_RECORDS, document_id, reader)


@documents.put("/<uuid:document_id>/verify")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Verify a document", name="verify_document", body=VerificationBody, answer=DocumentOfLoan)
@transactional
def put_verification(uow: UnitOfWork, document_id: UUID) -> Response:
    """Say that a document of a loan or of a member is what it should be, or take that back."""
    verified(uow, LOAN_RECORDS, document_id, kind=OF_LOAN)
    answer = _with_loan(uow.connection, document_by_id(uow.connection, LOAN_RECORDS, document_id))
    return success(answer, "Document verification updated")


@documents.delete("/<uuid:document_id>")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Delete a document by its id", name="delete_document", query=KindQuery)
@transactional
def delete_any_document(uow: UnitOfWork, document_id: UUID) -> Response:
    """Delete a document of a loan or of a member; its file is removed a little later."""
    check_kind(load_query(KindQuery)["type"], OF_LOAN)
    delete_document(uow, document_id=document_id, by=current_actor(), at=now())
    return success(None, "Document deleted successfully")


def _check_seen(connection: Connection, loan_id: UUID) -> None:
    if not is_seen(connection, LOAN_RECORDS, loan_id, by=current_actor()):
        raise LoanNotFound("Loan not found")


def _listed(rows: Sequence[LoanDocumentRow]) -> Response:
    return success([LoanDocument.of(row, url_of=file_url) for row in rows], "Documents retrieved successfully")


def _with_loan(connection: Connection, document: LoanDocumentRow) -> Json:
    loan = loan_detail(connection, current_actor(), document.loan_id)
    return DocumentOfLoan.of(document, loan=loan, url_of=file_url)

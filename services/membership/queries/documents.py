"""Documents of members."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.membership.models import DocumentType, LoanDocument, Member, MemberDocument
from services.membership.queries.members import MemberNotFound
from services.membership.shapes import DocumentSnapshot
from shared.context import Actor
from shared.documents.records import Records, is_seen

MEMBER_RECORDS = Records(MemberDocument, Member, MemberDocument.member_id, DocumentType, DocumentSnapshot.of)


def check_seen(connection: Connection, member_id: UUID, *, seen_by: Actor) -> None:
    """Return when the actor may see the member. Raises MemberNotFound."""
    if not is_seen(connection, MEMBER_RECORDS, member_id, by=seen_by):
        raise MemberNotFound("Union member not found")


def keep_loan_document(session: Session, columns: dict[str, Any]) -> None:
    """Keep a document of a loan as lending published it, unless a newer version is kept already."""
    row = insert(LoanDocument).values(**columns)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["document_id"], set_=columns, where=LoanDocument.version < row.excluded.version
        )
    )

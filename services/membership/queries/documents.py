"""Documents of members."""

from uuid import UUID

from sqlalchemy import Connection

from services.membership.models import DocumentType, Member, MemberDocument
from services.membership.queries.members import MemberNotFound
from services.membership.shapes import DocumentSnapshot
from shared.context import Actor
from shared.documents.records import Records, is_seen

MEMBER_RECORDS = Records(MemberDocument, Member, MemberDocument.member_id, DocumentType, DocumentSnapshot.of)


def check_seen(connection: Connection, member_id: UUID, *, seen_by: Actor) -> None:
    """Return when the actor may see the member. Raises MemberNotFound."""
    if not is_seen(connection, MEMBER_RECORDS, member_id, by=seen_by):
        raise MemberNotFound("Union member not found")

"""What is kept about a member, for who asks."""

from uuid import UUID

from flask import Blueprint, Response

from services.membership.queries.member_data import SECTIONS, find_member
from shared import shapes
from shared.context import Role
from shared.db import UnitOfWork
from shared.member_data import DIRECTORY, kept_of
from shared.web.auth import requires
from shared.web.envelope import success
from shared.web.schema import documented
from shared.web.transactions import transactional

member_data = Blueprint("data_of_members", __name__, url_prefix="/union-members")

_KEPT = {
    "type": "object",
    "description": "Records by what they are of, as the service keeps them.",
    "additionalProperties": {"type": "array", "items": {"type": "object"}},
}
_BY_SERVICE = shapes.anything({"type": "object", "additionalProperties": _KEPT})


@member_data.get("/<uuid:member_id>/data")
@requires(Role.ADMIN)
@documented("Export what is kept about a member", name="get_member_data", answer=_BY_SERVICE)
@transactional
def get_member_data(uow: UnitOfWork, member_id: UUID) -> Response:
    """Everything that every service keeps about a member, deleted ones too, by service: who they are, loans, schedules,
    payments, notes, lists of documents, mails, and entries of the audit trail about them, their loans and payments.
    Events that were published and answers that were kept repeat what stands here, and go by themselves. Leaves an entry
    in the audit trail."""
    member = find_member(uow.session, member_id)
    kept = kept_of(uow.connection, member.id, (DIRECTORY, *SECTIONS))
    uow.audit(action="UNION_MEMBER_DATA_EXPORTED", entity_name="UnionMember", entity_id=member.id)
    return success({"membership": kept}, "Everything that is kept about the member")

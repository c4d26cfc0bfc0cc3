"""What membership puts into a backup."""

from sqlalchemy import select

from services.membership.models import (
    Base,
    DocumentType,
    Member,
    MemberDocument,
    MemberReassignment,
    Union,
    UnionAssignment,
)
from shared.backup.contents import Contents, Section, on_the_wire, public_files
from shared.documents.backup import DOCUMENT_TYPES, documents
from shared.institution import metadata as settings

_UNIONS = on_the_wire(
    Union, "id", "name", "location", "address", "created_at", "updated_at", "deleted_at", creditOfficerId="officer_id"
)
_MEMBERS = on_the_wire(
    Member, "id", "code", "first_name", "last_name", "email", "phone", "address", "date_of_birth", "gender",
    "marital_status", "profession", "company", "city", "state", "country", "zip_code", "note", "profile_image",
    "is_verified", "union_id", "created_at", "updated_at", "deleted_at", currentOfficerId="officer_id",
)  # fmt: skip
_ASSIGNMENTS = on_the_wire(
    UnionAssignment, "id", "union_id", "old_officer_id", "new_officer_id", "reason", "assigned_at",
    assignedByUserId="assigned_by",
)  # fmt: skip
_REASSIGNMENTS = on_the_wire(
    MemberReassignment, "id", "old_union_id", "new_union_id", "old_officer_id", "new_officer_id", "reason",
    "reassigned_at", unionMemberId="member_id", reassignedByUserId="reassigned_by",
)  # fmt: skip

CONTENTS = Contents(
    service="membership",
    metadata=[Base.metadata, settings],
    left_out=frozenset({"member_erasures"}),
    sections=[
        Section("documentTypes", on_the_wire(DocumentType, *DOCUMENT_TYPES)),
        Section("unions", _UNIONS),
        Section("unionMembers", _MEMBERS),
        Section("unionMemberDocuments", documents(MemberDocument, unionMemberId="member_id")),
        Section("unionAssignmentHistory", _ASSIGNMENTS),
        Section("unionMemberReassignments", _REASSIGNMENTS),
    ],
    files=[select(MemberDocument.key), public_files(Member, "profile_image")],
)

"""How unions and members look to the world outside (contract section 2), for answers and for the audit trail.

Ids stay UUIDs here: the JSON encoder writes them itself, ten times as fast as `str` would.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.membership.domain.union import short_code
from services.membership.models import Member, MemberDocument, Union
from shared.context import Role
from shared.documents.wire import Wire, document, document_scalars
from shared.wire import PublicFile, day, timestamp

Row = Any
"""A row of one of the statements in `queries`, which has a table's columns and labels for what was joined."""


def union_scalars(union: Union | Row) -> dict[str, Any]:
    """The fields of a union itself."""
    return {
        "id": union.id,
        "name": union.name,
        "location": union.location,
        "address": union.address,
        "creditOfficerId": union.officer_id,
        "createdAt": timestamp(union.created_at),
        "updatedAt": timestamp(union.updated_at),
    }


def union_row(row: Row) -> dict[str, Any]:
    """UnionRow."""
    counts = {"unionMembers": row.member_count, "loans": row.loan_count}
    return {**union_scalars(row), "creditOfficer": _officer(row), "_count": counts}


def union_detail(row: Row) -> dict[str, Any]:
    """UnionDetail."""
    supervisor = _person(row.supervisor_id, row.supervisor_first_name, row.supervisor_last_name)
    shown = supervisor if row.supervisor_id else None
    return {**union_row(row), "creditOfficer": {**_officer(row), "supervisor": shown}}


def branch_row(row: Row) -> dict[str, Any]:
    """A union as a branch: its officer is the manager and the only one of its staff."""
    return {
        "id": row.id,
        "name": row.name,
        "code": short_code(row.name),
        "managerId": row.officer_id,
        "manager": {**_officer(row), "role": Role.CREDIT_OFFICER},
        "isActive": True,
        "createdAt": timestamp(row.created_at),
        "updatedAt": timestamp(row.updated_at),
        "_count": {"users": 1, "customers": row.member_count, "loans": row.loan_count},
    }


def member_scalars(member: Member | Row) -> dict[str, Any]:
    """The fields of a member themselves; `branchId` is what older pages call the union."""
    return {
        "id": member.id,
        "code": member.code,
        "firstName": member.first_name,
        "lastName": member.last_name,
        "email": member.email,
        "phone": member.phone,
        "address": member.address,
        "dateOfBirth": day(member.date_of_birth),
        "gender": member.gender,
        "maritalStatus": member.marital_status,
        "profession": member.profession,
        "company": member.company,
        "city": member.city,
        "state": member.state,
        "country": member.country,
        "zipCode": member.zip_code,
        "note": member.note,
        "profileImage": PublicFile.url(member.profile_image),
        "isVerified": member.is_verified,
        "unionId": member.union_id,
        "branchId": member.union_id,
        "currentOfficerId": member.officer_id,
        "createdAt": timestamp(member.created_at),
        "updatedAt": timestamp(member.updated_at),
    }


def member_row(row: Row) -> dict[str, Any]:
    """MemberRow."""
    union = _union_of(row)
    return {**member_scalars(row), "union": union, "branch": union, "currentOfficer": _officer(row)}


def member_detail(row: Row, documents: Sequence[Wire]) -> dict[str, Any]:
    """MemberDetail with the documents of the member. A member's officer is the union's."""
    officer = _person(row.officer_id, row.officer_first_name, row.officer_last_name)
    union = {
        **_union_of(row),
        "creditOfficerId": row.officer_id,
        "creditOfficer": {**officer, "supervisorId": row.officer_supervisor_id},
    }
    return {
        **member_row(row),
        "union": union,
        "branch": union,
        "documents": documents,
        "_count": {"loans": row.loan_count, "documents": len(documents)},
    }


def member_document(row: Row, file_url: str) -> Wire:
    """Document of a member."""
    return document(row, file_url) | {"unionMemberId": row.member_id}


def document_snapshot(row: MemberDocument) -> Wire:
    """A document as the audit trail keeps it."""
    return document_scalars(row) | {"unionMemberId": row.member_id}


def assignment(row: Row) -> Wire:
    """A line of the history: of a union that went to another officer, or of a member who went to another union."""
    return {
        "id": row.id,
        "type": row.kind,
        "userId": row.member_id,
        "userEmail": row.member_name,
        "branchId": row.union_id,
        "branchName": row.union_name,
        "oldBranchId": row.old_union_id,
        "oldBranchName": row.old_union_name,
        "newBranchId": row.new_union_id,
        "newBranchName": row.new_union_name,
        "oldManagerId": row.old_officer_id,
        "oldManagerEmail": row.old_officer_email,
        "newManagerId": row.new_officer_id,
        "newManagerEmail": row.new_officer_email,
        "changedByUserId": row.by,
        "changedByEmail": row.author_email,
        "reason": row.reason,
        "timestamp": timestamp(row.at),
    }


def _union_of(row: Row) -> dict[str, Any]:
    return {"id": row.union_id, "name": row.union_name, "location": row.union_location}


def _officer(row: Row) -> dict[str, Any]:
    """UserRef. The e-mail is empty for the moment in which the directory has not heard of the officer yet."""
    return {
        **_person(row.officer_id, row.officer_first_name, row.officer_last_name),
        "email": row.officer_email or "",
    }


def _person(identifier: UUID, first_name: str | None, last_name: str | None) -> dict[str, Any]:
    return {"id": identifier, "firstName": first_name, "lastName": last_name}

"""Membership's rows of a file of the replaced system: unions, members, types of documents, and who had whom when."""

import re
from collections.abc import Iterator
from typing import Any

from services.membership.domain.search import searchable
from services.membership.queries.counts import LIVE, MEMBER, UNION
from shared.takeover.book import Book, PlacedMember
from shared.takeover.part import Rows
from shared.takeover.records import Record

OWNED = (
    "unions", "unionMembers", "documentTypes", "unionMemberDocuments", "unionAssignmentHistory",
    "unionMemberReassignments",
)  # fmt: skip
_CODE = re.compile(r"MEM(\d+)")
_DETAILS = {
    "phone": "phone", "address": "address", "gender": "gender", "marital_status": "maritalStatus",
    "profession": "profession", "company": "company", "city": "city", "state": "state", "country": "country",
    "zip_code": "zipCode", "note": "note",
}  # fmt: skip


def make_rows(book: Book) -> Rows:
    """The rows of a file. Raises Unreadable."""
    rows = Rows(OWNED)
    rows.add("unions", _unions(book))
    rows.add("members", _members(book))
    rows.add("document_types", _document_types(book))
    rows.add("union_assignments", _assignments(book))
    rows.add("member_reassignments", _reassignments(book))
    numbers = [int(found[1]) for row in rows.tables["members"] if (found := _CODE.fullmatch(row["code"]))]
    rows.sequences["member_number"] = max(numbers, default=0)
    _count(rows)
    for document in book.records("unionMemberDocuments"):
        if not document.is_deleted:
            book.find("unionMemberDocuments", "their bytes are not in the file")
    return rows


def _unions(book: Book) -> Iterator[dict[str, Any]]:
    for union in book.unions.values():
        one = union.record
        name, location, address = one.text("name"), one.maybe_text("location"), one.maybe_text("address")
        yield {
            "name": name,
            "location": location,
            "address": address,
            "officer_id": union.officer_id,
            "search": searchable(name, location, address),
            # Who founded a union or brought a member is not in the file; its officer stands for them.
            "created_by": union.officer_id,
            **_life(one),
        }


def _members(book: Book) -> Iterator[dict[str, Any]]:
    taken: set[str] = set()
    for member in book.members.values():
        one = member.record
        email = (one.maybe_text("email") or "").strip().lower() or None
        if email and not one.is_deleted:
            if email in taken:
                book.find("unionMembers", "another member has their e-mail: they are without one")
                email = None
            else:
                taken.add(email)
        yield _member(member, one, email)


def _member(member: PlacedMember, one: Record, email: str | None) -> dict[str, Any]:
    code, first_name, last_name = one.text("code"), one.text("firstName"), one.text("lastName")
    details = {column: one.maybe_text(name) for column, name in _DETAILS.items()}
    picture = one.maybe_text("profileImage")
    return {
        "code": code,
        "first_name": first_name,
        "last_name": last_name,
        "email": email,
        **details,
        "date_of_birth": one.maybe_day("dateOfBirth"),
        # Files of the replaced system's own disk are in no backup.
        "profile_image": picture if picture and picture.startswith("https://") else None,
        "is_verified": one.flag("isVerified", otherwise=True),
        "union_id": member.union_id,
        "officer_id": member.officer_id,
        "search": searchable(first_name, last_name, email, details["phone"], code),
        "created_by": member.officer_id,
        **_life(one),
    }


def _life(one: Record) -> dict[str, Any]:
    return {
        "id": one.id,
        "version": 1,
        "created_at": one.moment("createdAt"),
        "updated_at": one.moment("updatedAt"),
        "deleted_at": one.maybe_moment("deletedAt"),
    }


def _document_types(book: Book) -> Iterator[dict[str, Any]]:
    for one in book.records("documentTypes"):
        yield {
            "code": one.text("code"),
            "name": one.text("name"),
            "description": one.maybe_text("description"),
            "is_active": one.flag("isActive", otherwise=True),
            **_life(one),
        }


def _assignments(book: Book) -> Iterator[dict[str, Any]]:
    section = "unionAssignmentHistory"
    for one in book.having(section, lambda one: one.ref("unionId") in book.unions, "their union is not in the file"):
        former, present = one.maybe_ref("oldOfficerId"), one.maybe_ref("newOfficerId")
        if former is None or present is None:
            book.find(section, "they name no officer of before, or none of after")
            continue
        yield {
            "id": one.id,
            "union_id": one.ref("unionId"),
            "old_officer_id": former,
            "new_officer_id": present,
            "reason": one.maybe_text("reason") or "",
            "assigned_by": one.maybe_ref("assignedByUserId") or present,
            "assigned_at": one.moment("assignedAt"),
        }


def _reassignments(book: Book) -> Iterator[dict[str, Any]]:
    section = "unionMemberReassignments"
    for one in book.having(
        section, lambda one: one.ref("unionMemberId") in book.members, "their member is not in the file"
    ):
        names = ("oldUnionId", "newUnionId", "oldOfficerId", "newOfficerId")
        former_union, union, former, present = map(one.maybe_ref, names)
        if not (former_union and union and former and present):
            book.find(section, "they name no union or officer of before, or none of after")
            continue
        yield {
            "id": one.id,
            "member_id": one.ref("unionMemberId"),
            "old_union_id": former_union,
            "new_union_id": union,
            "old_officer_id": former,
            "new_officer_id": present,
            "reason": one.maybe_text("reason") or "",
            "reassigned_by": one.maybe_ref("reassignedByUserId") or present,
            "reassigned_at": one.moment("reassignedAt"),
        }


def _count(rows: Rows) -> None:
    """The totals of lists; loans are counted as lending publishes them."""
    unions = [row for row in rows.tables["unions"] if not row["deleted_at"]]
    members = [row for row in rows.tables["members"] if not row["deleted_at"]]
    rows.count((UNION, row["officer_id"], LIVE) for row in unions)
    rows.count((MEMBER, row["officer_id"], LIVE) for row in members)
    rows.count(((MEMBER, row["union_id"], LIVE) for row in members), for_everybody=False)

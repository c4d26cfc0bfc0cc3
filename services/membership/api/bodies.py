"""What clients send: bodies, forms and the filters of lists."""

from typing import Any

from marshmallow import fields, post_load, pre_load, validate

from services.membership.domain.assignment import AssignmentKind
from services.membership.domain.transfer import TransferStatus
from services.membership.queries.unions import UnionOrder
from shared.fields import BodySchema, Day, Flag, IdFilter, MultilineText, Text
from shared.web.format_query import FormatQuery

ASSIGN_UNION = "assignBranch"
_EXPORT_FORMAT = fields.String(validate=validate.OneOf(["csv", "json"]), load_default="csv")


class NewUnionBody(BodySchema):
    """A new union."""

    name = Text(max=120, required=True)
    officer_id = fields.UUID(data_key="creditOfficerId", required=True)
    location = Text(max=200, blank_is_none=True)
    address = MultilineText(max=300, blank_is_none=True)


class UnionChangesBody(NewUnionBody):
    """Changes of a union: what is absent stays, `""` clears location and address."""

    def __init__(self) -> None:
        super().__init__(partial=True)


class AssignmentBody(BodySchema):
    """Who is responsible for a union from now on, and why."""

    officer_id = fields.UUID(data_key="creditOfficerId", required=True)
    reason = MultilineText(max=500, blank_is_none=True)


class NewBranchBody(NewUnionBody):
    """A new union in the words of older pages."""

    officer_id = fields.UUID(data_key="managerId", required=True)


class BranchChangesBody(NewBranchBody):
    """Changes of a union in the words of older pages: what is absent stays."""

    def __init__(self) -> None:
        super().__init__(partial=True)


class NewMemberBody(BodySchema):
    """A new member. The web client writes `""` for what was left empty, and `branchId` on its older pages."""

    first_name = Text(max=80, data_key="firstName", required=True)
    last_name = Text(max=80, data_key="lastName", required=True)
    union_id = fields.UUID(data_key="unionId", required=True)
    officer_id = fields.UUID(data_key="currentOfficerId", allow_none=True)
    email = Text(max=254, blank_is_none=True, validate=validate.Email())
    phone = Text(max=40, blank_is_none=True)
    address = MultilineText(max=300, blank_is_none=True)
    date_of_birth = Day(data_key="dateOfBirth", allow_none=True)
    gender = Text(max=40, blank_is_none=True)
    marital_status = Text(max=40, data_key="maritalStatus", blank_is_none=True)
    profession = Text(max=120, blank_is_none=True)
    company = Text(max=120, blank_is_none=True)
    city = Text(max=80, blank_is_none=True)
    state = Text(max=80, blank_is_none=True)
    country = Text(max=80, blank_is_none=True)
    zip_code = Text(max=20, data_key="zipCode", blank_is_none=True)
    note = MultilineText(max=2000, blank_is_none=True)

    @pre_load
    def _read_like_the_web_client_writes(self, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        body = {name: None if value == "" else value for name, value in body.items()}
        body["unionId"] = body.get("unionId") or body.get("branchId")
        # A member is never without union and officer, so a null leaves them as they are.
        return {name: value for name, value in body.items() if value is not None or name not in _NEVER_CLEARED}

    @post_load
    def _fold_email(self, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**body, "email": body["email"].lower()} if body.get("email") else body


class NewMemberForm(NewMemberBody):
    """A new member with files; the type of the documents may be left open."""

    document_type_id = fields.UUID(data_key="documentTypeId")


_NEVER_CLEARED = {"unionId", "currentOfficerId"}


class MemberChangesBody(NewMemberBody):
    """Changes of a member: what is absent stays, `""` clears a field."""

    def __init__(self) -> None:
        super().__init__(partial=True)


class ReassignmentBody(BodySchema):
    """Where a member goes; older pages call a union a branch."""

    union_id = fields.UUID(data_key="newUnionId", required=True)
    officer_id = fields.UUID(data_key="newOfficerId", allow_none=True)
    reason = MultilineText(max=500, blank_is_none=True)

    @pre_load
    def _read_like_older_pages_write(self, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        body = {"newUnionId": body["newBranchId"]} | body if "newBranchId" in body else body
        return body | {"newOfficerId": body.get("newOfficerId") or None}


class ErasureBody(BodySchema):
    """Why a member is erased, and their code, so that it is not another one."""

    confirmation = Text(max=40, required=True)
    reason = MultilineText(max=500, required=True)


class EmailQuery(BodySchema):
    """An e-mail address, and the member who may have it."""

    email = Text(max=254, required=True)
    besides = IdFilter(data_key="excludeId")


class UnionFilters(BodySchema):
    """What narrows a list of unions."""

    officer_id = IdFilter(data_key="creditOfficerId")
    search = Text(max=100, blank_is_none=True)


class UnionQuery(UnionFilters):
    """What narrows the list of unions, and which of them come first."""

    order = fields.Enum(
        UnionOrder, by_value=True, load_default=UnionOrder.NEWEST, metadata={"description": "Which come first."}
    )


class MemberFilters(BodySchema):
    """What narrows a list of members; older pages call a union a branch."""

    union_id = IdFilter(data_key="unionId")
    officer_id = IdFilter(data_key="currentOfficerId")
    search = Text(max=100, blank_is_none=True)

    @pre_load
    def _read_older_name(self, query: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"unionId": query["branchId"]} | query if "branchId" in query else query


class UnionExportQuery(UnionFilters):
    """Which unions, and as what."""

    format = _EXPORT_FORMAT


class MemberExportQuery(MemberFilters):
    """Which members, and as what."""

    format = _EXPORT_FORMAT


class UnionFileQuery(UnionFilters, FormatQuery):
    """Which unions, and as what file."""


class MemberFileQuery(MemberFilters, FormatQuery):
    """Which members, and as what file."""


class AssignmentFilters(BodySchema):
    """What narrows the history of assignments; the days are both included."""

    kind = Text(data_key="type", max=40, metadata={"enum": [kind.value for kind in AssignmentKind]})
    date_from = Day(data_key="dateFrom")
    date_to = Day(data_key="dateTo")
    search = Text(max=100, blank_is_none=True)


class NewTransferBody(BodySchema):
    """A union that is to go to an officer; the words are those of older pages."""

    officer_id = fields.UUID(
        data_key="userId", required=True, metadata={"description": "Id of the credit officer who is to get the union."}
    )
    union_id = fields.UUID(data_key="toBranchId", required=True)
    from_union_id = fields.UUID(data_key="fromBranchId", allow_none=True)
    reason = MultilineText(max=500, blank_is_none=True)
    effective_on = Day(data_key="effectiveDate", allow_none=True)
    notes = MultilineText(max=2000, blank_is_none=True)

    @pre_load
    def _read_like_older_pages_write(self, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        return body | {name: body.get(name) or None for name in ("fromBranchId", "effectiveDate")}


class TransferFilters(BodySchema):
    """What narrows the list of transfers."""

    status = fields.String(metadata={"description": f"One of {', '.join(TransferStatus)}; of another there are none."})


class OperationBody(BodySchema):
    """What is done to accounts of staff at once."""

    operation = Text(max=40, required=True)


class GivenUnion(BodySchema):
    union_id = fields.UUID(data_key="branchId", required=True)


class BulkBody(BodySchema):
    """A union, under its name of old, for exactly one credit officer."""

    user_ids = fields.List(fields.UUID(), required=True, data_key="userIds", validate=validate.Length(equal=1))
    operation = fields.String(required=True, validate=validate.OneOf([ASSIGN_UNION]))
    data = fields.Nested(GivenUnion, required=True)


class DocumentTypeFilters(BodySchema):
    """What widens the list of document types."""

    include_inactive = Flag(data_key="includeInactive", metadata={"description": "For admins."})


class NewDocumentTypeBody(BodySchema):
    """A new document type."""

    name = Text(max=80, blank_is_none=True)
    description = MultilineText(max=500, blank_is_none=True)


class DocumentTypeChangesBody(NewDocumentTypeBody):
    """Changes of a document type: what is absent stays, `""` clears the description."""

    code = fields.String(validate=validate.Regexp(r"[A-Z0-9]{1,10}\Z", error="Only capitals and digits, at most 10."))
    is_active = Flag(data_key="isActive")


class PictureForm(BodySchema):
    """Beside the file, what it is."""

    type = fields.String(validate=validate.OneOf(["profile"]))

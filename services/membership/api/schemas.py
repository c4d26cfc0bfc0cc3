"""Shapes of requests and answers; together with `wire.py` the only place that speaks the wire's camelCase."""

from typing import Any

from marshmallow import Schema, fields, post_load, pre_load, validate

from shared.documents.schemas import DocumentAnswer
from shared.fields import BodySchema, Day, MultilineText, Text


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
        # A member is never without union and officer, so nothing there means nothing said.
        return {name: value for name, value in body.items() if value is not None or name not in _NEVER_CLEARED}

    @post_load
    def _fold_email(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**facts, "email": facts["email"].lower()} if facts.get("email") else facts


class NewMemberForm(NewMemberBody):
    """A new member with files; what the documents are, when the sender says so."""

    document_type_id = fields.UUID(data_key="documentTypeId")


_NEVER_CLEARED = {"unionId", "currentOfficerId"}


class MemberChangesBody(NewMemberBody):
    """Changes of a member: what is absent stays, `""` clears a field."""

    def __init__(self) -> None:
        super().__init__(partial=True)


class ReassignmentBody(BodySchema):
    """Where a member goes; older pages call a union a branch."""

    union_id = fields.UUID(data_key="newUnionId", required=True)
    reason = MultilineText(max=500, blank_is_none=True)

    @pre_load
    def _read_older_name(self, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"newUnionId": body["newBranchId"]} | body if "newBranchId" in body else body


class EmailQuery(BodySchema):
    """An e-mail address, and the member who may have it."""

    email = Text(max=254, required=True)
    besides = fields.UUID(data_key="excludeId")


class EmailAnswer(Schema):
    exists = fields.Boolean(required=True)
    isUnique = fields.Boolean(required=True)


class UnionFilters(BodySchema):
    """What narrows a list of unions."""

    officer_id = fields.UUID(data_key="creditOfficerId")
    search = Text(max=100, blank_is_none=True)


class MemberFilters(BodySchema):
    """What narrows a list of members; older pages call a union a branch."""

    union_id = fields.UUID(data_key="unionId")
    officer_id = fields.UUID(data_key="currentOfficerId")
    search = Text(max=100, blank_is_none=True)

    @pre_load
    def _read_older_name(self, query: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"unionId": query["branchId"]} | query if "branchId" in query else query


def _text() -> fields.String:
    return fields.String(required=True)


def _maybe() -> fields.String:
    return fields.String(required=True, allow_none=True)


def _instant() -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True)


def _shape(shape: type[Schema], **options: Any) -> fields.Nested:
    return fields.Nested(shape, required=True, **options)


class PersonAnswer(Schema):
    id = fields.UUID(required=True)
    firstName = _maybe()
    lastName = _maybe()


class UserRefAnswer(PersonAnswer):
    email = _text()


class OfficerOfUnionAnswer(UserRefAnswer):
    supervisor = _shape(PersonAnswer, allow_none=True)


class UnionCountsAnswer(Schema):
    unionMembers = fields.Integer(required=True)
    loans = fields.Integer(required=True)


class UnionRowAnswer(Schema):
    id = fields.UUID(required=True)
    name = _text()
    location = _maybe()
    address = _maybe()
    creditOfficerId = fields.UUID(required=True)
    creditOfficer = _shape(UserRefAnswer)
    counts = _shape(UnionCountsAnswer, data_key="_count")
    createdAt = _instant()
    updatedAt = _instant()


class ManagerAnswer(UserRefAnswer):
    role = fields.String(required=True)


class BranchCountsAnswer(Schema):
    users = fields.Integer(required=True)
    customers = fields.Integer(required=True)
    loans = fields.Integer(required=True)


class BranchRowAnswer(Schema):
    id = fields.UUID(required=True)
    name = _text()
    code = _text()
    managerId = fields.UUID(required=True)
    manager = _shape(ManagerAnswer)
    isActive = fields.Boolean(required=True)
    counts = _shape(BranchCountsAnswer, data_key="_count")
    createdAt = _instant()
    updatedAt = _instant()


class UnionDetailAnswer(UnionRowAnswer):
    creditOfficer = _shape(OfficerOfUnionAnswer)


class UnionOfMemberAnswer(Schema):
    id = fields.UUID(required=True)
    name = _text()
    location = _maybe()


class OfficerOfMemberAnswer(PersonAnswer):
    supervisorId = fields.UUID(required=True, allow_none=True)


class UnionOfMemberDetailAnswer(UnionOfMemberAnswer):
    creditOfficerId = fields.UUID(required=True)
    creditOfficer = _shape(OfficerOfMemberAnswer)


class MemberCountsAnswer(Schema):
    loans = fields.Integer(required=True)
    documents = fields.Integer(required=True)


class MemberScalarsAnswer(Schema):
    id = fields.UUID(required=True)
    code = _text()
    firstName = _text()
    lastName = _text()
    email = _maybe()
    phone = _maybe()
    address = _maybe()
    dateOfBirth = fields.AwareDateTime(required=True, allow_none=True)
    gender = _maybe()
    maritalStatus = _maybe()
    profession = _maybe()
    company = _maybe()
    city = _maybe()
    state = _maybe()
    country = _maybe()
    zipCode = _maybe()
    note = _maybe()
    profileImage = _maybe()
    isVerified = fields.Boolean(required=True)
    unionId = fields.UUID(required=True)
    branchId = fields.UUID(required=True)
    currentOfficerId = fields.UUID(required=True)
    createdAt = _instant()
    updatedAt = _instant()


class MemberRowAnswer(MemberScalarsAnswer):
    union = _shape(UnionOfMemberAnswer)
    branch = _shape(UnionOfMemberAnswer)
    currentOfficer = _shape(UserRefAnswer)


class DocumentOfMemberAnswer(DocumentAnswer):
    unionMemberId = fields.UUID(required=True)


class MemberDetailAnswer(MemberRowAnswer):
    union = _shape(UnionOfMemberDetailAnswer)
    branch = _shape(UnionOfMemberDetailAnswer)
    documents = fields.List(fields.Nested(DocumentOfMemberAnswer), required=True)
    counts = _shape(MemberCountsAnswer, data_key="_count")

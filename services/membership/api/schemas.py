"""Shapes of requests and answers; together with `wire.py` the only place that speaks the wire's camelCase."""

from typing import Any

from marshmallow import Schema, fields, post_load, pre_load, validate

from shared.context import Role
from shared.documents.schemas import DocumentAnswer
from shared.fields import BodySchema, Day, IdFilter, MultilineText, Text
from shared.web import shapes


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
    besides = IdFilter(data_key="excludeId")


class EmailAnswer(Schema):
    exists = fields.Boolean(required=True)
    isUnique = fields.Boolean(required=True)


class UnionFilters(BodySchema):
    """What narrows a list of unions."""

    officer_id = IdFilter(data_key="creditOfficerId")
    search = Text(max=100, blank_is_none=True)


class MemberFilters(BodySchema):
    """What narrows a list of members; older pages call a union a branch."""

    union_id = IdFilter(data_key="unionId")
    officer_id = IdFilter(data_key="currentOfficerId")
    search = Text(max=100, blank_is_none=True)

    @pre_load
    def _read_older_name(self, query: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"unionId": query["branchId"]} | query if "branchId" in query else query


class PersonAnswer(Schema):
    id = shapes.identifier()
    firstName = shapes.text(maybe=True)
    lastName = shapes.text(maybe=True)


class UserRefAnswer(PersonAnswer):
    email = shapes.text()


class OfficerOfUnionAnswer(UserRefAnswer):
    supervisor = shapes.shape(PersonAnswer, maybe=True)


class UnionCountsAnswer(Schema):
    unionMembers = shapes.count()
    loans = shapes.count()


class UnionRowAnswer(Schema):
    id = shapes.identifier()
    name = shapes.text()
    location = shapes.text(maybe=True)
    address = shapes.text(maybe=True)
    creditOfficerId = shapes.identifier()
    creditOfficer = shapes.shape(UserRefAnswer)
    counts = shapes.shape(UnionCountsAnswer, data_key="_count")
    createdAt = shapes.moment()
    updatedAt = shapes.moment()


class ManagerAnswer(UserRefAnswer):
    role = shapes.choice(Role)


class BranchCountsAnswer(Schema):
    users = shapes.count()
    customers = shapes.count()
    loans = shapes.count()


class BranchRowAnswer(Schema):
    id = shapes.identifier()
    name = shapes.text()
    code = shapes.text()
    managerId = shapes.identifier()
    manager = shapes.shape(ManagerAnswer)
    isActive = shapes.flag()
    counts = shapes.shape(BranchCountsAnswer, data_key="_count")
    createdAt = shapes.moment()
    updatedAt = shapes.moment()


class UnionDetailAnswer(UnionRowAnswer):
    creditOfficer = shapes.shape(OfficerOfUnionAnswer)


class UnionOfMemberAnswer(Schema):
    id = shapes.identifier()
    name = shapes.text()
    location = shapes.text(maybe=True)


class OfficerOfMemberAnswer(PersonAnswer):
    supervisorId = shapes.identifier(maybe=True)


class UnionOfMemberDetailAnswer(UnionOfMemberAnswer):
    creditOfficerId = shapes.identifier()
    creditOfficer = shapes.shape(OfficerOfMemberAnswer)


class MemberCountsAnswer(Schema):
    loans = shapes.count()
    documents = shapes.count()


class MemberScalarsAnswer(Schema):
    id = shapes.identifier()
    code = shapes.text()
    firstName = shapes.text()
    lastName = shapes.text()
    email = shapes.text(maybe=True)
    phone = shapes.text(maybe=True)
    address = shapes.text(maybe=True)
    dateOfBirth = shapes.day(maybe=True)
    gender = shapes.text(maybe=True)
    maritalStatus = shapes.text(maybe=True)
    profession = shapes.text(maybe=True)
    company = shapes.text(maybe=True)
    city = shapes.text(maybe=True)
    state = shapes.text(maybe=True)
    country = shapes.text(maybe=True)
    zipCode = shapes.text(maybe=True)
    note = shapes.text(maybe=True)
    profileImage = shapes.text(maybe=True)
    isVerified = shapes.flag()
    unionId = shapes.identifier()
    branchId = shapes.identifier()
    currentOfficerId = shapes.identifier()
    createdAt = shapes.moment()
    updatedAt = shapes.moment()


class MemberRowAnswer(MemberScalarsAnswer):
    union = shapes.shape(UnionOfMemberAnswer)
    branch = shapes.shape(UnionOfMemberAnswer)
    currentOfficer = shapes.shape(UserRefAnswer)


class DocumentOfMemberAnswer(DocumentAnswer):
    unionMemberId = shapes.identifier()


class MemberDetailAnswer(MemberRowAnswer):
    union = shapes.shape(UnionOfMemberDetailAnswer)
    branch = shapes.shape(UnionOfMemberDetailAnswer)
    documents = shapes.shapes(DocumentOfMemberAnswer)
    counts = shapes.shape(MemberCountsAnswer, data_key="_count")

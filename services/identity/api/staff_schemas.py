"""Shapes of what is done to many accounts at once, and of new passwords."""

from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from services.identity.api.schemas import (
    Address,
    NewUserBody,
    Password,
    ProfileAnswer,
    SupervisorId,
    UserFilters,
    UserRefAnswer,
    instant_answer,
    role_field,
    text_answer,
)
from services.identity.domain.staff import BulkOperation
from services.identity.usecases.staff_import import Outcome
from shared.fields import BodySchema, Flag, MultilineText, Text

MAX_AT_ONCE = 500
MAX_ROWS = 500


class NewPasswordBody(BodySchema):
    new_password = Password(required=True, data_key="newPassword")


class BulkDetails(BodySchema):
    """What an operation needs to know: the `role` of changeRole, the union of assignBranch."""

    role = role_field(load_default=None)
    union_id = fields.UUID(data_key="branchId", allow_none=True)


class BulkBody(BodySchema):
    user_ids = fields.List(fields.UUID(), required=True, data_key="userIds", validate=validate.Length(1, MAX_AT_ONCE))
    operation = fields.Enum(BulkOperation, by_value=fields.String, required=True)
    data = fields.Nested(BulkDetails, load_default=dict, allow_none=True)


class BulkAnswer(Schema):
    operation = fields.Enum(BulkOperation, by_value=fields.String, required=True)
    requestedCount = fields.Integer(required=True)
    affectedCount = fields.Integer(required=True)
    message = fields.String(required=True)


class ExportQuery(UserFilters):
    format = fields.String(validate=validate.OneOf(["json", "csv"]), load_default="json")


class ExportedUserAnswer(ProfileAnswer):
    lastLoginAt = instant_answer()
    lastActivityAt = instant_answer()


class ImportQuery(BodySchema):
    is_rehearsal = Flag(data_key="dryRun", load_default=False)


class ImportBody(BodySchema):
    # Each is judged by itself, as an ImportedUser: a faulty one must not keep the others out.
    users = fields.List(fields.Raw(allow_none=True), required=True, validate=validate.Length(1, MAX_ROWS))


class FileFields(BodySchema):
    """A form that holds a file and nothing else."""


_NEVER_BLANK = frozenset({"firstName", "lastName", "password", "isActive"})


class ImportedUser(NewUserBody):
    """A row of a file. What a row leaves out stays as it is; phone, address and supervisor are cleared by a blank, as
    they are in the form of an account. Who is new needs names, which the import knows and the row does not."""

    first_name = Text(max=100, data_key="firstName")
    last_name = Text(max=100, data_key="lastName")
    phone = Text(max=30, blank_is_none=True)
    address = MultilineText(max=500, blank_is_none=True)
    supervisor_id = SupervisorId()
    supervisor_email = Address(data_key="supervisorEmail", allow_none=True)
    is_active = Flag(data_key="isActive")

    @pre_load
    def _from_table(self, values: Any, **_: Any) -> Any:
        """A blank cell says nothing, but that there is no supervisor; spreadsheets shout TRUE and FALSE."""
        if not isinstance(values, dict):
            return values
        said = {name: value for name, value in values.items() if value not in ("", None) or name not in _NEVER_BLANK}
        if said.get("supervisorEmail") == "":
            said["supervisorEmail"] = None
        if isinstance(said.get("isActive"), str):
            said["isActive"] = said["isActive"].lower()
        return said


class ImportFaultAnswer(Schema):
    email = text_answer()
    error = fields.String(required=True)


class ImportVerdictAnswer(Schema):
    row = fields.Integer(required=True)
    email = text_answer()
    verdict = fields.Enum(Outcome, by_value=fields.String, required=True)
    error = text_answer()


class ImportAnswer(Schema):
    created = fields.Integer(required=True)
    updated = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    dryRun = fields.Boolean(required=True)
    errors = fields.List(fields.Nested(ImportFaultAnswer), required=True)
    rows = fields.List(fields.Nested(ImportVerdictAnswer), required=True)


class StaffRefAnswer(UserRefAnswer):
    role = role_field(required=True)


class PageAnswer(Schema):
    page = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    total = fields.Integer(required=True)
    pages = fields.Integer(required=True)
    totalPages = fields.Integer(required=True)


class DoneAnswer(Schema):
    success = fields.Boolean(required=True)

"""Bodies, forms and filters of accounts of staff, of one and of many."""

from typing import Any

from marshmallow import fields, pre_load, validate

from services.identity.api.bodies.fields import Password, SupervisorId, role_field
from services.identity.domain.staff import BulkOperation
from services.identity.queries.accounts import UserOrder
from shared.context import Role
from shared.fields import BodySchema, EmailAddress, Flag, IdFilter, MultilineText, Text, nothing_unless_listed

_BLANK_IS_ABSENT = frozenset({"password", "profileImage", "removeProfileImage"})


class NewUserBody(BodySchema):
    email = EmailAddress(required=True)
    first_name = Text(required=True, max=100, data_key="firstName")
    last_name = Text(required=True, max=100, data_key="lastName")
    role = role_field(required=True)
    password = Password(load_default=None, allow_none=True)
    phone = Text(max=30, blank_is_none=True, load_default=None)
    address = MultilineText(max=500, blank_is_none=True, load_default=None)
    supervisor_id = SupervisorId(load_default=None)
    is_active = Flag(data_key="isActive", load_default=True)


class UserChangesBody(BodySchema):
    email = EmailAddress()
    first_name = Text(max=100, data_key="firstName")
    last_name = Text(max=100, data_key="lastName")
    role = role_field()
    password = Password(allow_none=True)
    phone = Text(max=30, blank_is_none=True)
    address = MultilineText(max=500, blank_is_none=True)
    supervisor_id = SupervisorId()
    is_active = Flag(data_key="isActive")
    # The address of the present picture; another one is sent as a file.
    profile_image = Text(max=500, blank_is_none=True, data_key="profileImage")
    picture_is_removed = Flag(data_key="removeProfileImage", load_default=False)

    @pre_load
    def _forget_blanks(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The form writes nothing in these as an empty text."""
        return {name: value for name, value in values.items() if value != "" or name not in _BLANK_IS_ABSENT}


class UserFilters(BodySchema):
    role = role_field()
    supervisor_id = IdFilter(data_key="supervisorId")
    is_active = Flag(data_key="isActive")
    search = Text(max=100)

    @pre_load
    def _legacy_role(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        if values.get("role") == "BRANCH_MANAGER":
            return values | {"role": Role.SUPERVISOR.value}
        return nothing_unless_listed(values, "role", set(Role), by_id="supervisorId")


class UserQuery(UserFilters):
    """What narrows the list of staff, and which of them come first."""

    order = fields.Enum(
        UserOrder,
        by_value=True,
        load_default=UserOrder.NEWEST,
        metadata={"description": "Which come first. Whoever never signed in counts as longest ago."},
    )


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


class ExportQuery(UserFilters):
    format = fields.String(validate=validate.OneOf(["json", "csv", "xlsx", "pdf"]), load_default="json")


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
    supervisor_email = EmailAddress(data_key="supervisorEmail", allow_none=True)
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

"""Shapes of requests and answers: the only place, with `wire.py`, that speaks the wire's camelCase."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load, validate, validates_schema

from shared.context import Role
from shared.fields import BodySchema, Flag, IdFilter, MultilineText, Text, nothing_unless_known


class Address(Text):
    """An e-mail address, lower-cased, so that it compares equal however it was typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max=254, validate=validate.Email(), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        return text.lower()


class Password(fields.String):
    """A password exactly as typed; how long it has to be is a rule of the domain."""

    def __init__(self, *, min: int = 0, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(min=min, max=1024), **kwargs)


class SupervisorId(fields.UUID):
    """The id of a supervisor; the web client writes "nobody" as null, `"null"` or an empty text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_none=True, data_key="supervisorId", **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return None if value in ("", "null") else super()._deserialize(value, attr, data, **kwargs)


def role_field(**kwargs: Any) -> fields.Enum[Role]:
    return fields.Enum(Role, by_value=fields.String, **kwargs)


class LoginBody(BodySchema):
    email = Address(required=True)
    password = Password(required=True, min=1)
    is_remembered = Flag(data_key="rememberMe", load_default=True)


class RefreshBody(BodySchema):
    refresh_token = fields.String(data_key="refreshToken", load_default=None, allow_none=True)


class RegistrationBody(BodySchema):
    email = Address(required=True)
    password = Password(required=True)
    confirm_password = Password(required=True, data_key="confirmPassword")

    @validates_schema
    def _same(self, values: dict[str, Any], **_: Any) -> None:
        if values["password"] != values["confirm_password"]:
            raise ValidationError("Passwords do not match.", "confirmPassword")


_BLANK_IS_ABSENT = frozenset({"password", "profileImage", "removeProfileImage"})


class NewUserBody(BodySchema):
    email = Address(required=True)
    first_name = Text(required=True, max=100, data_key="firstName")
    last_name = Text(required=True, max=100, data_key="lastName")
    role = role_field(required=True)
    password = Password(load_default=None, allow_none=True)
    phone = Text(max=30, blank_is_none=True, load_default=None)
    address = MultilineText(max=500, blank_is_none=True, load_default=None)
    supervisor_id = SupervisorId(load_default=None)
    is_active = Flag(data_key="isActive", load_default=True)


class UserChangesBody(BodySchema):
    email = Address()
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
        return nothing_unless_known(values, "role", set(Role), by_id="supervisorId")


def text_answer() -> fields.String:
    return fields.String(required=True, allow_none=True)


def instant_answer() -> fields.DateTime:
    return fields.DateTime(required=True, allow_none=True)


class UserRefAnswer(Schema):
    id = fields.UUID(required=True)
    email = fields.String(required=True)
    firstName = text_answer()
    lastName = text_answer()


class ProfileAnswer(UserRefAnswer):
    phone = text_answer()
    address = text_answer()
    profileImage = text_answer()
    role = role_field(required=True)
    isActive = fields.Boolean(required=True)
    supervisorId = fields.UUID(required=True, allow_none=True)
    supervisor = fields.Nested(UserRefAnswer, required=True, allow_none=True)
    createdAt = fields.DateTime(required=True)
    updatedAt = fields.DateTime(required=True)


class ImpersonatorAnswer(Schema):
    id = fields.UUID(required=True)
    email = fields.String(required=True)


class OwnProfileAnswer(ProfileAnswer):
    """One's own account; who acts in it, when that is somebody else."""

    impersonatedBy = fields.Nested(ImpersonatorAnswer)
    passwordChangeRequired = fields.Boolean()


class UserRowAnswer(ProfileAnswer):
    loginCount = fields.Integer(required=True)
    lastLoginAt = instant_answer()
    lastActivityAt = instant_answer()


class UserDetailAnswer(UserRowAnswer):
    creditOfficers = fields.List(fields.Nested(UserRefAnswer), required=True)


class UserListAnswer(Schema):
    users = fields.List(fields.Nested(UserRowAnswer), required=True)
    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    pages = fields.Integer(required=True)
    totalPages = fields.Integer(required=True)


class SignedInUserAnswer(UserRefAnswer):
    role = role_field(required=True)


class TokensAnswer(Schema):
    accessToken = fields.String(required=True)
    refreshToken = fields.String(required=True)
    expiresIn = fields.Integer(required=True)


class LoginAnswer(TokensAnswer):
    user = fields.Nested(SignedInUserAnswer, required=True)
    passwordChangeRequired = fields.Boolean()


class RegisteredUserAnswer(Schema):
    id = fields.UUID(required=True)
    email = fields.String(required=True)
    role = role_field(required=True)


class RegistrationAnswer(Schema):
    user = fields.Nested(RegisteredUserAnswer, required=True)
    message = fields.String(required=True)

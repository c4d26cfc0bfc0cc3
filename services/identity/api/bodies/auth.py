"""Bodies of signing in, of passwords and of links."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from services.identity.api.bodies.fields import Password
from shared.fields import BodySchema, EmailAddress, Flag, Text


class LoginBody(BodySchema):
    email = EmailAddress(required=True)
    password = Password(required=True, min=1)
    is_remembered = Flag(data_key="rememberMe", load_default=True)


class RefreshBody(BodySchema):
    refresh_token = fields.String(data_key="refreshToken", load_default=None, allow_none=True)


class RegistrationBody(BodySchema):
    email = EmailAddress(required=True)
    password = Password(required=True)
    confirm_password = Password(required=True, data_key="confirmPassword")

    @validates_schema
    def _same(self, values: dict[str, Any], **_: Any) -> None:
        if values["password"] != values["confirm_password"]:
            raise ValidationError("Passwords do not match.", "confirmPassword")


def _secret() -> fields.String:
    return fields.String(required=True, validate=validate.Length(min=1, max=512))


class LinkRequestBody(BodySchema):
    email = EmailAddress(required=True)


class LinkBody(BodySchema):
    token = _secret()


class LinkQuery(BodySchema):
    token = _secret()


class PasswordResetBody(BodySchema):
    email = EmailAddress(required=True)
    token = _secret()
    new_password = Password(required=True, data_key="newPassword")


class PasswordResetConfirmBody(PasswordResetBody):
    email = EmailAddress(load_default=None)


class PasswordChangeBody(BodySchema):
    current_password = Password(required=True, min=1, data_key="currentPassword")
    new_password = Password(required=True, data_key="newPassword")


class OwnPasswordBody(BodySchema):
    # The web client no longer asks for it and sends an empty text.
    current_password = Password(load_default=None, allow_none=True, data_key="currentPassword")
    new_password = Password(required=True, data_key="newPassword")


class ProviderCallbackQuery(BodySchema):
    state = Text(max=512, load_default=None)
    code = Text(max=4096, load_default=None)
    error = Text(max=512, load_default=None)
    iss = Text(max=512, load_default=None)

"""Shapes of what has to do with passwords, links and sessions."""

from marshmallow import Schema, fields, validate

from services.identity.api.schemas import Address, ImpersonatorAnswer, Password, SignedInUserAnswer, TokensAnswer
from shared.fields import BodySchema, Text


def _secret() -> fields.String:
    return fields.String(required=True, validate=validate.Length(min=1, max=512))


class LinkRequestBody(BodySchema):
    email = Address(required=True)


class LinkBody(BodySchema):
    token = _secret()


class LinkQuery(BodySchema):
    token = _secret()


class PasswordResetBody(BodySchema):
    email = Address(required=True)
    token = _secret()
    new_password = Password(required=True, data_key="newPassword")


class PasswordResetConfirmBody(PasswordResetBody):
    email = Address(load_default=None)


class PasswordChangeBody(BodySchema):
    current_password = Password(required=True, min=1, data_key="currentPassword")
    new_password = Password(required=True, data_key="newPassword")


class OwnPasswordBody(BodySchema):
    # The web client no longer asks for it and sends an empty text.
    current_password = Password(load_default=None, allow_none=True, data_key="currentPassword")
    new_password = Password(required=True, data_key="newPassword")


class SessionAnswer(Schema):
    id = fields.UUID(required=True)
    jwtId = fields.String(required=True)
    ipAddress = fields.String(required=True, allow_none=True)
    userAgent = fields.String(required=True, allow_none=True)
    method = fields.String(required=True, allow_none=True)
    createdAt = fields.DateTime(required=True)
    expiresAt = fields.DateTime(required=True)
    isCurrent = fields.Boolean(required=True)


class MessageAnswer(Schema):
    message = fields.String(required=True)


class CountAnswer(MessageAnswer):
    count = fields.Integer(required=True)


class TestAnswer(MessageAnswer):
    timestamp = fields.DateTime(required=True)


class ImpersonationAnswer(TokensAnswer):
    user = fields.Nested(SignedInUserAnswer, required=True)
    impersonatedBy = fields.Nested(ImpersonatorAnswer, required=True)


class ProviderAnswer(Schema):
    name = fields.String(required=True)
    enabled = fields.Boolean(required=True)


class ProviderCallbackQuery(BodySchema):
    state = Text(max=512, load_default=None)
    code = Text(max=4096, load_default=None)
    error = Text(max=512, load_default=None)
    iss = Text(max=512, load_default=None)

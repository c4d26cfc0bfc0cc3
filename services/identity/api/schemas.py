"""Answers about accounts, sign-ins and tokens."""

from marshmallow import Schema, fields

from services.identity.api.bodies.fields import role_field


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

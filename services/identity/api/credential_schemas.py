"""Answers about passwords, links and sessions."""

from marshmallow import Schema, fields

from services.identity.api.schemas import ImpersonatorAnswer, SignedInUserAnswer, TokensAnswer


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

"""Shapes of the settings as they come in and go out."""

from typing import Any

from marshmallow import Schema, fields, validate

from services.identity.api.bodies.fields import Address, Whole
from shared.fields import BodySchema, Flag, MultilineText, Text
from shared.web import shapes

_ENCRYPTIONS = ("tls", "ssl", "none")
_MAIL_STATUSES = ("PENDING", "SENT", "WRITTEN", "SKIPPED", "DEAD")


class OptionalAddress(Address):
    """An e-mail address, or nothing, which loads as an empty text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_none=True, **kwargs)
        self.validators = []

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if value == "":
            return ""
        address = super()._deserialize(value, attr, data, **kwargs)
        validate.Email()(address)
        return address


class EmailChangesBody(BodySchema):
    smtp_host = Text(max=253, blank_is_none=True, data_key="smtpHost")
    smtp_port = Whole(data_key="smtpPort", validate=validate.Range(1, 65535))
    smtp_username = Text(max=254, blank_is_none=True, data_key="smtpUsername")
    smtp_password = fields.String(data_key="smtpPassword", allow_none=True, validate=validate.Length(max=500))
    smtp_encryption = fields.String(data_key="smtpEncryption", validate=validate.OneOf(_ENCRYPTIONS))
    from_email = OptionalAddress(data_key="fromEmail")
    from_name = Text(max=200, blank_is_none=True, data_key="fromName")
    enabled = Flag()


class EmailTestBody(EmailChangesBody):
    to = Address()


class TemplateChangesBody(BodySchema):
    subject = Text(max=200)
    content = MultilineText(max=20_000)
    email_enabled = Flag(data_key="emailEnabled")
    sms_enabled = Flag(data_key="smsEnabled")


class PreviewBody(BodySchema):
    variables = fields.Dict(
        keys=fields.String(validate=validate.Length(max=100)),
        values=MultilineText(max=2000, blank_is_none=True),
        load_default=dict,
    )


class RecipientBody(BodySchema):
    to = Address(required=True)


class MailFilters(BodySchema):
    status = Text(max=20, metadata={"enum": list(_MAIL_STATUSES)})


def _text() -> fields.String:
    return fields.String(required=True, allow_none=True)


class EmailSettingsAnswer(Schema):
    smtpHost = fields.String(required=True)
    smtpPort = fields.Integer(required=True)
    smtpUsername = fields.String(required=True)
    smtpPassword = fields.String(required=True)
    smtpEncryption = shapes.choice(_ENCRYPTIONS)
    fromEmail = fields.String(required=True)
    fromName = fields.String(required=True)
    enabled = fields.Boolean(required=True)


class MailTestAnswer(Schema):
    success = fields.Boolean(required=True)
    message = fields.String(required=True)


class TemplateAnswer(Schema):
    id = fields.UUID(required=True)
    key = fields.String(required=True)
    module = fields.String(required=True)
    subject = fields.String(required=True)
    content = fields.String(required=True)
    emailEnabled = fields.Boolean(required=True)
    smsEnabled = fields.Boolean(required=True)
    variables = fields.List(fields.String(), required=True)
    updatedAt = fields.DateTime(required=True, allow_none=True)


class PreviewAnswer(Schema):
    subject = fields.String(required=True)
    html = fields.String(required=True)
    text = fields.String(required=True)


class MailAnswer(Schema):
    id = fields.UUID(required=True)
    template = fields.String(required=True)
    to = fields.String(required=True)
    status = shapes.choice(_MAIL_STATUSES)
    attempts = fields.Integer(required=True)
    error = _text()
    subject = _text()
    content = _text()
    createdAt = fields.DateTime(required=True)
    nextTryAt = fields.DateTime(required=True, allow_none=True)
    finishedAt = fields.DateTime(required=True, allow_none=True)

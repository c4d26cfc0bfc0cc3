"""What comes in: the settings of mail, its templates, and what a list of mails is filtered by."""

from typing import Any

from marshmallow import fields, validate

from services.notifications.domain.mail import ENCRYPTIONS, MailStatus
from shared.fields import BodySchema, EmailAddress, Flag, FormInteger, MultilineText, Text


class OptionalAddress(EmailAddress):
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
    smtp_port = FormInteger(data_key="smtpPort", validate=validate.Range(1, 65535))
    smtp_username = Text(max=254, blank_is_none=True, data_key="smtpUsername")
    smtp_password = fields.String(data_key="smtpPassword", allow_none=True, validate=validate.Length(max=500))
    smtp_encryption = fields.String(data_key="smtpEncryption", validate=validate.OneOf(ENCRYPTIONS))
    from_email = OptionalAddress(data_key="fromEmail")
    from_name = Text(max=200, blank_is_none=True, data_key="fromName")
    enabled = Flag()


class EmailTestBody(EmailChangesBody):
    to = EmailAddress()


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
    to = EmailAddress(required=True)


class MailFilters(BodySchema):
    status = Text(max=20, metadata={"enum": list(MailStatus)})

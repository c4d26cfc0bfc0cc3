"""Shapes of the settings as they come in and go out."""

import re
from typing import Any
from zoneinfo import available_timezones

from marshmallow import Schema, ValidationError, fields, validate

from services.identity.api.schemas import Address
from shared.fields import BodySchema, Flag, Money, MultilineText, StrictInteger, Text
from shared.web import shapes
from shared.wire import PublicFile

_COLOUR = re.compile(r"#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?")
# The web client shows pictures from https addresses, and from its own machine while it is being worked on.
_PICTURE = re.compile(r"https://[^\s\"'<>\\]{1,1000}|http://localhost(:\d{1,5})?(/[^\s\"'<>\\]{0,1000})?")
_OWN_PICTURE = re.compile(r"/uploads/[a-z]+/[A-Za-z0-9._-]+")
# A picture of 2 MB, written out in the address itself.
MAX_INLINE = 2_900_000
INLINE = "data:image/"
_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)
_FREQUENCIES = ("hourly", "daily", "weekly", "monthly", "disabled")
_ENCRYPTIONS = ("tls", "ssl", "none")
_MAIL_STATUSES = ("PENDING", "SENT", "WRITTEN", "SKIPPED", "DEAD")
_FILE_TYPE = re.compile(r"[a-z0-9]{1,10}")


class Whole(StrictInteger):
    """A whole number, also as the text that a form makes of it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        is_digits = isinstance(value, str) and _DIGITS.fullmatch(value)
        return super()._deserialize(int(value) if is_digits else value, attr, data, **kwargs)


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


class PictureAddress(fields.String):
    """Where a picture is: an https address, one of our own, or the picture itself; `""` loads as None.

    Ours is kept without the host it was reached by, which may change.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        address: str = super()._deserialize(value, attr, data, **kwargs).strip().removeprefix(PublicFile.base)
        if not address:
            return None
        if address.startswith(INLINE):
            if len(address) > MAX_INLINE:
                raise ValidationError("The picture is too large: at most 2 MB are accepted.")
            return address
        if not (_PICTURE.fullmatch(address) or _OWN_PICTURE.fullmatch(address)):
            raise ValidationError("Not the address of a picture: it must begin with https://.")
        return address


def _known_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError("Not a time zone such as Africa/Lagos.")


class _Colours(BodySchema):
    primary = fields.String(required=True, validate=validate.Regexp(_COLOUR))
    secondary = fields.String(required=True, validate=validate.Regexp(_COLOUR))


class ThemeBody(BodySchema):
    """The colours of the web client, by day and by night."""

    light = fields.Nested(_Colours, required=True)
    dark = fields.Nested(_Colours, required=True)


class CompanyChangesBody(BodySchema):
    name = Text(max=200)
    email = Address()
    phone = Text(max=30, blank_is_none=True)
    address = MultilineText(max=500, blank_is_none=True)
    currency = Text(max=10)
    currency_symbol = Text(max=10, data_key="currencySymbol")
    date_format = Text(max=30, data_key="dateFormat")
    time_format = Text(max=30, data_key="timeFormat")
    timezone = Text(max=60, validate=_known_zone)
    invoice_prefix = Text(max=20, data_key="invoicePrefix")
    expense_prefix = Text(max=20, data_key="expensePrefix")
    logo = PictureAddress(allow_none=True)
    login_logo = PictureAddress(allow_none=True, data_key="loginLogo")
    favicon = PictureAddress(allow_none=True)
    theme = fields.Nested(ThemeBody, allow_none=True)
    maintenance_mode = Flag(data_key="maintenanceMode")
    maintenance_message = MultilineText(max=500, blank_is_none=True, data_key="maintenanceMessage")


class GeneralChangesBody(BodySchema):
    system_name = Text(max=200, data_key="systemName")
    system_version = Text(max=30, data_key="systemVersion")
    maintenance_mode = Flag(data_key="maintenanceMode")
    maintenance_message = MultilineText(max=500, blank_is_none=True, data_key="maintenanceMessage")
    allow_registration = Flag(data_key="allowRegistration")
    session_timeout_hours = Whole(data_key="sessionTimeout", validate=validate.Range(0, 8760))
    max_login_attempts = Whole(data_key="maxLoginAttempts", validate=validate.Range(1, 100))
    password_min_length = Whole(data_key="passwordMinLength", validate=validate.Range(8, 72))
    require_password_change = Flag(data_key="requirePasswordChange")
    allow_repayment_reversal = Flag(data_key="allowRepaymentReversal")
    passwords_by_creator = Flag(data_key="passwordsByCreator")
    separation_days = Whole(data_key="separationDays", validate=validate.Range(0, 3650))
    four_eyes = Flag(data_key="fourEyes")
    four_eyes_amount = Money(data_key="fourEyesAmount")
    idle_timeout_hours = Whole(data_key="idleTimeout", validate=validate.Range(0, 8760))


class NotificationsBody(BodySchema):
    email_notifications = Flag(data_key="emailNotifications")
    sms_notifications = Flag(data_key="smsNotifications")
    push_notifications = Flag(data_key="pushNotifications")


class SystemChangesBody(BodySchema):
    backup_frequency = fields.String(data_key="backupFrequency", validate=validate.OneOf(_FREQUENCIES))
    log_retention_days = Whole(data_key="logRetentionDays", validate=validate.Range(1, 3650))
    max_file_size = Whole(data_key="maxFileSize", validate=validate.Range(1, 10**9))
    allowed_file_types = fields.List(
        fields.String(validate=validate.Regexp(_FILE_TYPE)),
        data_key="allowedFileTypes",
        validate=validate.Length(1, 50),
    )
    notifications = fields.Nested(NotificationsBody, data_key="notificationSettings")


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


class UploadBody(BodySchema):
    type = fields.String(load_default="logo", validate=validate.OneOf(("logo", "login-logo", "favicon", "document")))


def _text() -> fields.String:
    return fields.String(required=True, allow_none=True)


class PublicSettingsAnswer(Schema):
    name = fields.String(required=True)
    logo = _text()
    loginLogo = _text()
    favicon = _text()
    theme = fields.Nested(ThemeBody, required=True, allow_none=True)
    maintenanceMode = fields.Boolean(required=True)
    maintenanceMessage = _text()


class CompanySettingsAnswer(PublicSettingsAnswer):
    """All of it for admins; for others the public part."""

    id = fields.String()
    email = fields.String()
    phone = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    currency = fields.String()
    currencySymbol = fields.String()
    dateFormat = fields.String()
    timeFormat = fields.String()
    timezone = fields.String()
    invoicePrefix = fields.String()
    expensePrefix = fields.String()
    createdAt = fields.DateTime()
    updatedAt = fields.DateTime()


class GeneralSettingsAnswer(Schema):
    systemName = fields.String(required=True)
    systemVersion = fields.String(required=True)
    maintenanceMode = fields.Boolean(required=True)
    maintenanceMessage = _text()
    allowRegistration = fields.Boolean(required=True)
    sessionTimeout = fields.Integer(required=True)
    maxLoginAttempts = fields.Integer(required=True)
    passwordMinLength = fields.Integer(required=True)
    requirePasswordChange = fields.Boolean(required=True)
    allowRepaymentReversal = fields.Boolean(required=True)
    passwordsByCreator = fields.Boolean(required=True)
    separationDays = fields.Integer(required=True)
    fourEyes = fields.Boolean(required=True)
    fourEyesAmount = Money(required=True)
    idleTimeout = fields.Integer(required=True)


class _NotificationsAnswer(Schema):
    emailNotifications = fields.Boolean(required=True)
    smsNotifications = fields.Boolean(required=True)
    pushNotifications = fields.Boolean(required=True)


class SystemSettingsAnswer(Schema):
    backupFrequency = shapes.choice(_FREQUENCIES)
    logRetentionDays = fields.Integer(required=True)
    maxFileSize = fields.Integer(required=True)
    allowedFileTypes = fields.List(fields.String(), required=True)
    notificationSettings = fields.Nested(_NotificationsAnswer, required=True)


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


class UploadAnswer(Schema):
    url = fields.String(required=True)


class BrandingAnswer(Schema):
    success = fields.Boolean(required=True)
    message = fields.String(required=True)
    logoPath = fields.String(required=True)

"""Bodies and forms of the settings of the institution."""

import re
from typing import Any
from zoneinfo import available_timezones

from marshmallow import ValidationError, fields, validate

from services.identity.domain.institution import BACKUP_FREQUENCIES
from shared.fields import BodySchema, EmailAddress, Flag, FormInteger, Money, MultilineText, Text
from shared.wire import PublicFile

_COLOUR = re.compile(r"#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?")
# The web client shows pictures from https addresses, and from its own machine while it is being worked on.
_PICTURE = re.compile(r"https://[^\s\"'<>\\]{1,1000}|http://localhost(:\d{1,5})?(/[^\s\"'<>\\]{0,1000})?")
_OWN_PICTURE = re.compile(r"/uploads/[a-z]+/[A-Za-z0-9._-]+")
# A picture of 2 MB, written out in the address itself.
MAX_INLINE = 2_900_000
INLINE = "data:image/"
_FILE_TYPE = re.compile(r"[a-z0-9]{1,10}")


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


def _check_zone(name: str) -> None:
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
    email = EmailAddress()
    phone = Text(max=30, blank_is_none=True)
    address = MultilineText(max=500, blank_is_none=True)
    currency = Text(max=10)
    currency_symbol = Text(max=10, data_key="currencySymbol")
    date_format = Text(max=30, data_key="dateFormat")
    time_format = Text(max=30, data_key="timeFormat")
    timezone = Text(max=60, validate=_check_zone)
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
    session_timeout_hours = FormInteger(data_key="sessionTimeout", validate=validate.Range(0, 8760))
    max_login_attempts = FormInteger(data_key="maxLoginAttempts", validate=validate.Range(1, 100))
    password_min_length = FormInteger(data_key="passwordMinLength", validate=validate.Range(8, 72))
    require_password_change = Flag(data_key="requirePasswordChange")
    allow_repayment_reversal = Flag(data_key="allowRepaymentReversal")
    passwords_by_creator = Flag(data_key="passwordsByCreator")
    separation_days = FormInteger(data_key="separationDays", validate=validate.Range(0, 3650))
    four_eyes = Flag(data_key="fourEyes")
    four_eyes_amount = Money(data_key="fourEyesAmount")
    idle_timeout_hours = FormInteger(data_key="idleTimeout", validate=validate.Range(0, 8760))


class NotificationsBody(BodySchema):
    email_notifications = Flag(data_key="emailNotifications")
    sms_notifications = Flag(data_key="smsNotifications")
    push_notifications = Flag(data_key="pushNotifications")


class SystemChangesBody(BodySchema):
    backup_frequency = fields.String(data_key="backupFrequency", validate=validate.OneOf(BACKUP_FREQUENCIES))
    log_retention_days = FormInteger(data_key="logRetentionDays", validate=validate.Range(1, 3650))
    max_file_size = FormInteger(data_key="maxFileSize", validate=validate.Range(1, 10**9))
    allowed_file_types = fields.List(
        fields.String(validate=validate.Regexp(_FILE_TYPE)),
        data_key="allowedFileTypes",
        validate=validate.Length(1, 50),
    )
    notifications = fields.Nested(NotificationsBody, data_key="notificationSettings")


class UploadBody(BodySchema):
    type = fields.String(load_default="logo", validate=validate.OneOf(("logo", "login-logo", "favicon", "document")))

"""The settings of the institution as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.errors import RuleViolated
from shared.money import ZERO

# Settings are one aggregate, which their events and audit entries name by this id.
SETTINGS_ID = UUID("5e77195e-0000-4000-8000-000000000001")


# What a new installation begins with where real money is lent; see docs/decisions/21.
NEW_IN_PRODUCTION: Mapping[str, Any] = {
    "passwords_by_creator": False,
    "separation_days": 90,
    "four_eyes": True,
    "idle_timeout_hours": 8,
}
BACKUP_FREQUENCIES = ("hourly", "daily", "weekly", "monthly", "disabled")
# What keeps one person from doing everything alone: every admin is mailed a change of these.
SECURITY = frozenset(
    {
        "passwords_by_creator", "separation_days", "four_eyes", "four_eyes_amount", "idle_timeout_hours",
        "session_timeout_hours", "max_login_attempts", "password_min_length", "require_password_change",
    }
)  # fmt: skip


class OwnPasswordOnly(RuleViolated):
    """The institution wants staff to choose their passwords themselves."""

    def __init__(self, field: str) -> None:
        super().__init__(
            "Staff choose their password themselves, by a link that is mailed to them: please leave it out.",
            field=field,
        )


class SettingNotOffered(RuleViolated):
    """The platform does nothing by this setting, so it is not kept as if it did."""


@dataclass(frozen=True, slots=True)
class NotOffered:
    """Why a setting that the web client's forms send has no effect, and the one value of it that is true, if there is
    one."""

    reason: str
    truth: Any = None


NOT_OFFERED: Mapping[str, NotOffered] = {
    "sms_notifications": NotOffered("No SMS is sent by this platform.", truth=False),
    "push_notifications": NotOffered("Nothing is pushed by this platform.", truth=False),
    "allow_registration": NotOffered("Only an admin makes another admin.", truth=False),
    "backup_frequency": NotOffered("Who runs the platform makes the backups.", truth="disabled"),
    "max_file_size": NotOffered("Who runs the platform sets this, as MAX_FILE_SIZE."),
    "allowed_file_types": NotOffered("The kinds of files that are safe to take are fixed."),
}


def check_offered(names: Mapping[str, Any]) -> None:
    """Nothing, unless one of these settings, which are all to change, is one that nobody goes by and becomes anything
    but the truth. Raises SettingNotOffered."""
    for name, value in names.items():
        offer = NOT_OFFERED.get(name)
        if offer and (offer.truth is None or value != offer.truth):
            raise SettingNotOffered(f"This cannot be changed: {offer.reason}", field=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Institution:
    """All settings but those of the mail server, as they are now."""

    id: str = "default"
    name: str = "Millenium Potters"
    email: str = ""
    phone: str | None = None
    address: str | None = None
    currency: str = "NGN"
    currency_symbol: str = "₦"
    date_format: str = "DD/MM/YYYY"
    time_format: str = "24h"
    timezone: str = "Africa/Lagos"
    invoice_prefix: str = "INV-"
    expense_prefix: str = "EXP-"
    logo: str | None = None
    printed_logo: str | None = None
    login_logo: str | None = None
    favicon: str | None = None
    theme: dict[str, Any] | None = None
    maintenance_mode: bool = False
    maintenance_message: str | None = None
    system_name: str = "Millenium Potters"
    system_version: str = "1.0.0"
    allow_registration: bool = False
    # 0 means as long as the tokens live by themselves.
    session_timeout_hours: int = 0
    max_login_attempts: int = 10
    password_min_length: int = 8
    require_password_change: bool = False
    allow_repayment_reversal: bool = False
    backup_frequency: str = "disabled"
    log_retention_days: int = 90
    # In megabytes.
    max_file_size: int = 10
    allowed_file_types: list[str] = field(default_factory=list)
    email_notifications: bool = True
    sms_notifications: bool = False
    push_notifications: bool = False
    # Whether who makes an account may choose its password.
    passwords_by_creator: bool = True
    # How many days nobody decides on loans of an officer whose account they made or password they set; 0 for none.
    separation_days: int = 0
    # Above the amount a loan is made, approved and disbursed by three different people.
    four_eyes: bool = False
    four_eyes_amount: Decimal = ZERO
    # After so long without a sign of life a session ends; 0 for never.
    idle_timeout_hours: int = 0
    version: int = 0
    created_at: datetime
    updated_at: datetime


def check_may_know_password(institution: Institution, *, field: str = "password") -> None:
    """Accept that somebody chooses the password of another, where the institution allows it. Raises OwnPasswordOnly,
    which names the input by `field`."""
    if not institution.passwords_by_creator:
        raise OwnPasswordOnly(field)

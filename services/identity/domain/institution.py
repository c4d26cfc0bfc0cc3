"""The settings of the institution as plain values."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

# Settings are one thing, so that their events and audit entries are told of one aggregate.
SETTINGS_ID = UUID("5e77195e-0000-4000-8000-000000000001")


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
    backup_frequency: str = "daily"
    log_retention_days: int = 90
    # In megabytes.
    max_file_size: int = 10
    allowed_file_types: list[str] = field(default_factory=list)
    email_notifications: bool = True
    sms_notifications: bool = False
    push_notifications: bool = False
    version: int = 0
    created_at: datetime
    updated_at: datetime

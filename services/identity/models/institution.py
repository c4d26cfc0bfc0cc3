"""The table of the institution's settings: one row."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Numeric, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.identity.models.base import Base


class CompanySetting(Base):
    """What the institution calls itself, how it writes dates and amounts, and how the platform behaves for it."""

    __tablename__ = "company_setting"

    id: Mapped[str] = mapped_column(primary_key=True, default="default")
    name: Mapped[str] = mapped_column(default="Millenium Potters")
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str | None]
    address: Mapped[str | None]
    currency: Mapped[str] = mapped_column(default="NGN")
    currency_symbol: Mapped[str] = mapped_column(default="₦")
    date_format: Mapped[str] = mapped_column(default="DD/MM/YYYY")
    time_format: Mapped[str] = mapped_column(default="24h")
    timezone: Mapped[str] = mapped_column(default="Africa/Lagos")
    invoice_prefix: Mapped[str] = mapped_column(default="INV-")
    expense_prefix: Mapped[str] = mapped_column(default="EXP-")
    logo: Mapped[str | None]
    # The logo small, as PNG in base64, for whoever prints it and has no way to the file.
    printed_logo: Mapped[str | None]
    login_logo: Mapped[str | None]
    favicon: Mapped[str | None]
    theme: Mapped[dict[str, Any] | None]
    maintenance_mode: Mapped[bool] = mapped_column(default=False)
    maintenance_message: Mapped[str | None]
    system_name: Mapped[str] = mapped_column(server_default="Millenium Potters")
    system_version: Mapped[str] = mapped_column(server_default="1.0.0")
    allow_registration: Mapped[bool] = mapped_column(server_default="false")
    # 0 means as long as the tokens live by themselves.
    session_timeout_hours: Mapped[int] = mapped_column(server_default="0")
    max_login_attempts: Mapped[int] = mapped_column(server_default="10")
    password_min_length: Mapped[int] = mapped_column(server_default="8")
    require_password_change: Mapped[bool] = mapped_column(server_default="false")
    allow_repayment_reversal: Mapped[bool] = mapped_column(server_default="false")
    backup_frequency: Mapped[str] = mapped_column(server_default="disabled")
    # How long the sign-in history is kept.
    log_retention_days: Mapped[int] = mapped_column(server_default="90")
    # In megabytes.
    max_file_size: Mapped[int] = mapped_column(server_default="10")
    allowed_file_types: Mapped[list[str]] = mapped_column(
        JSONB, server_default='["jpeg", "jpg", "png", "gif", "webp", "pdf", "doc", "docx"]'
    )
    email_notifications: Mapped[bool] = mapped_column(server_default="true")
    sms_notifications: Mapped[bool] = mapped_column(server_default="false")
    push_notifications: Mapped[bool] = mapped_column(server_default="false")
    # Whether who makes an account may choose its password.
    passwords_by_creator: Mapped[bool] = mapped_column(server_default="true")
    # How many days nobody decides on loans of an officer whose account they made or password they set; 0 for none.
    separation_days: Mapped[int] = mapped_column(server_default="0")
    # Above the amount a loan is made, approved and disbursed by three different people.
    four_eyes: Mapped[bool] = mapped_column(server_default="false")
    four_eyes_amount: Mapped[Decimal] = mapped_column(Numeric(14, 2), server_default="0")
    # After so long without a sign of life a session ends; 0 for never.
    idle_timeout_hours: Mapped[int] = mapped_column(server_default="0")
    # Counts the events of these settings.
    version: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

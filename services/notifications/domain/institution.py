"""What mails say of the institution, and whether it wants any sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Institution:
    """The settings that mails go by, as a new installation has them unless identity has published others."""

    name: str = "Millenium Potters"
    email: str = ""
    phone: str = ""
    address: str = ""
    currency_symbol: str = "₦"
    date_format: str = "DD/MM/YYYY"
    email_notifications: bool = True

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """By the settings of the institution under their names in events; the defaults where there are none."""
        if not settings:
            return cls()
        return cls(
            name=settings["name"],
            email=settings["email"],
            phone=settings["phone"] or "",
            address=settings["address"] or "",
            currency_symbol=settings["currencySymbol"],
            date_format=settings["dateFormat"],
            email_notifications=settings["notificationSettings"]["emailNotifications"],
        )

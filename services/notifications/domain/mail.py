"""What becomes of a mail that is due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from services.notifications.domain.institution import Institution
from services.notifications.domain.templates import Template

# Waits after the first, second, ... try that failed; when they are used up the mail is dead.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 480, 1440))
# Templates that bring a link which signs somebody in or sets a password.
LINKS = frozenset({"invitation", "magic_link", "password_reset"})
# What stands in the place of a link wherever a mail is looked at.
HIDDEN_LINK = "(the link is shown to nobody)"
# STARTTLS, TLS from the first byte, or none at all.
ENCRYPTIONS = ("tls", "ssl", "none")


class MailStatus(StrEnum):
    """Where a mail stands. WRITTEN means into the mail folder, for want of a mail server."""

    PENDING = "PENDING"
    SENT = "SENT"
    WRITTEN = "WRITTEN"
    SKIPPED = "SKIPPED"
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that comes with a mail, by the key under which reporting's storage has it. It is read when the mail is
    sent, and lies in no queue."""

    key: str
    name: str
    media_type: str

    def to_variables(self) -> dict[str, str]:
        """As it is kept with the variables of the mail, which are wiped when it is sent; no template names them."""
        return {"attachment_key": self.key, "attachment_name": self.name, "attachment_type": self.media_type}

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Self | None:
        """What `to_variables` kept; None where there is none."""
        if "attachment_key" not in variables:
            return None
        return cls(variables["attachment_key"], variables["attachment_name"], variables["attachment_type"])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a mail is after a try; `next_try_at` when there will be another."""

    status: MailStatus
    error: str | None = None
    next_try_at: datetime | None = None


def why_not(
    template: Template, institution: Institution, *, is_enabled: bool, has_way_out: bool, may_hold_links: bool
) -> str | None:
    """Why mails of this template are not sent just now; None when they are. `has_way_out` and `may_hold_links` are
    about the way that is open: where mails become files, links are written down for developers only."""
    if not is_enabled:
        return "Mail is switched off in the e-mail settings."
    if not institution.email_notifications:
        return "Notifications by e-mail are switched off in the system settings."
    if not template.email_enabled:
        return "This template is switched off."
    if not has_way_out:
        return "No mail server is set up."
    if template.key in LINKS and not may_hold_links:
        return "No mail server is set up, and a link is not written to a file."
    return None


def after_failure(error: str, *, attempts: int, is_final: bool, now: datetime) -> Outcome:
    """What a mail is after its try number `attempts` failed: waiting ever longer for the next, or dead."""
    if is_final or attempts > len(BACK_OFF):
        return Outcome(MailStatus.DEAD, error)
    return Outcome(MailStatus.PENDING, error, now + BACK_OFF[attempts - 1])


def company_values(institution: Institution) -> Mapping[str, str]:
    """What the company's own variables stand for."""
    return {
        "company_name": institution.name,
        "company_email": institution.email,
        "company_phone_number": institution.phone,
        "company_address": institution.address,
        "company_currency": institution.currency_symbol,
    }

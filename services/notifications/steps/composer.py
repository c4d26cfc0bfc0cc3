"""Composing mails from templates."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from services.notifications.domain.institution import Institution
from services.notifications.domain.mail import company_values
from services.notifications.domain.templates import Message, Template, render
from services.notifications.mailer.mailer import Mailer, Sender
from services.notifications.queries.settings import current_institution, email_settings
from services.notifications.queries.templates import all_templates
from services.notifications.steps.sender import sender_of


@dataclass(frozen=True, slots=True)
class Composer:
    """What it takes to compose mails: templates, settings, and who the sender is."""

    templates: Mapping[str, Template]
    institution: Institution
    is_enabled: bool
    sender: Sender
    front_url: str

    @classmethod
    def read(cls, connection: Connection, mailer: Mailer) -> "Composer":
        """As it is now."""
        institution, row = current_institution(connection), email_settings(connection)
        templates = {key: changed.template for key, changed in all_templates(connection).items()}
        return cls(templates, institution, row.enabled, sender_of(row, institution, mailer.seal), mailer.front_url)

    def company_values(self) -> dict[str, str]:
        """What the company's own variables stand for."""
        return dict(company_values(self.institution))

    def message(self, template: Template, variables: Mapping[str, str]) -> Message:
        """The mail with these variables; a link that nobody gave leads to the web client."""
        return render(template, {"link": self.front_url, **company_values(self.institution), **variables})

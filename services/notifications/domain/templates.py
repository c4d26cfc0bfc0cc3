"""What the institution writes to people: some mails, each with the variables it knows.

A template is plain text in which `{name}` stands for a variable. Nothing else is read into it: no attribute, no
expression, no markup. The HTML form of a mail is made from the text, with everything escaped.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.errors import NotFound, RuleViolated

# These are filled in from the settings, whoever causes the mail.
COMPANY_VARIABLES = (
    "company_name",
    "company_email",
    "company_phone_number",
    "company_address",
    "company_currency",
)

_IN_BRACES = re.compile(r"\{([^{}]*)\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n\s*\n")


def template_id(key: str) -> UUID:
    """The id of a template: always the same, also where nothing was ever changed of it."""
    return uuid5(NAMESPACE_URL, f"email-template:{key}")


class TemplateNotFound(NotFound):
    """There is no such template."""


class BadTemplate(RuleViolated):
    """The text names a variable it does not have, or its subject is more than one line."""


@dataclass(frozen=True, slots=True)
class Template:
    """One mail: what it says, whether it is sent, and what it may name beyond the company's own variables."""

    key: str
    module: str
    subject: str
    content: str
    own_variables: tuple[str, ...]
    email_enabled: bool = True
    sms_enabled: bool = False

    @property
    def variables(self) -> tuple[str, ...]:
        """All that may stand in braces."""
        return COMPANY_VARIABLES + self.own_variables


@dataclass(frozen=True, slots=True)
class CurrentTemplate:
    """A template as it is now, and when the institution last changed it."""

    template: Template
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Message:
    """What a mail says, in both its forms."""

    subject: str
    text: str
    html: str


def check_template(template: Template) -> None:
    """Accept a subject of one line, and in subject and content no variable but those listed. Raises BadTemplate."""
    if _CONTROL.search(template.subject):
        raise BadTemplate("The subject must be one line.", field="subject")
    for field, text in (("subject", template.subject), ("content", template.content)):
        check_variables(template, _IN_BRACES.findall(text), field=field)


def check_variables(template: Template, names: list[str], *, field: str) -> None:
    """Accept only variables this template has. Raises BadTemplate."""
    unknown = [name for name in names if name not in template.variables]
    if unknown:
        existing = ", ".join(template.variables)
        raise BadTemplate(f"There is no variable {{{unknown[0]}}} here; there are: {existing}.", field=field)


def render(template: Template, values: Mapping[str, str]) -> Message:
    """The mail with these values; a variable without one is left out.

    A line break in a value cannot break out of the subject, nor markup out of the text.
    """
    subject = _filled(template.subject, values)
    text = _BLANK_LINES.sub("\n\n", _filled(template.content, values)).strip()
    shown = {name: _as_html(name, value) for name, value in values.items()}
    body = _filled(html.escape(template.content.strip()), shown)
    paragraphs = (part.strip().replace("\n", "<br>\n") for part in _BLANK_LINES.split(body))
    return Message(
        subject=" ".join(_CONTROL.sub(" ", subject).split()),
        text=text,
        html="\n".join(f"<p>{part}</p>" for part in paragraphs if part),
    )


class Changes(TypedDict, total=False):
    """What an institution may change of a template."""

    subject: str
    content: str
    email_enabled: bool
    sms_enabled: bool


def with_changes(template: Template, **changes: Unpack[Changes]) -> Template:
    """The template with other words, or switched on or off. Raises BadTemplate."""
    changed = replace(template, **changes)
    check_template(changed)
    return changed


def _filled(text: str, values: Mapping[str, str]) -> str:
    """One pass, so that braces in a value stay what they are."""
    return _IN_BRACES.sub(lambda found: values.get(found[1], ""), text)


def _as_html(name: str, value: str) -> str:
    escaped = html.escape(value)
    if name == "link" and value.startswith(("https://", "http://")):
        return f'<a href="{escaped}">{escaped}</a>'
    return escaped

"""What the institution writes to people: some mails, each with the variables it knows.

A template is plain text in which `{name}` stands for a variable. Nothing else is read into it: no attribute, no
expression, no markup. The HTML form of a mail is made from the text, with everything escaped.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
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
_LOAN = ("customer_name", "branch_name", "officer_name", "loan_type", "loan_number", "total_amount")
_PAYMENT = ("customer_name", "branch_name", "officer_name", "loan_number", "installment_amount", "total_amount")

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


def sample_values(template: Template) -> dict[str, str]:
    """Something plausible for each variable, for a look at the template before anything has happened."""
    return {name: _SAMPLES[name] for name in template.variables}


def with_changes(template: Template, **changes: str | bool) -> Template:
    """The template with other words, or switched on or off. Raises BadTemplate."""
    # The one field that is neither text nor a switch, `own_variables`, belongs to the code and is never changed.
    changed = replace(template, **changes)  # type: ignore[arg-type]
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


def _template(key: str, module: str, subject: str, own_variables: tuple[str, ...], *paragraphs: str) -> Template:
    content = "\n\n".join((*paragraphs, "{company_name}\n{company_phone_number}"))
    return Template(key, module, subject, content, own_variables)


_DELIVERED = (
    _template(
        "welcome_user",
        "Users",
        "Welcome to {company_name}",
        ("officer_name", "link"),
        "Dear {officer_name},",
        "an account has been made for you at {company_name}. You sign in with this e-mail address.",
        "{link}",
    ),
    _template(
        "password_reset",
        "Users",
        "Set a new password",
        ("officer_name", "link"),
        "Dear {officer_name},",
        "somebody asked for a new password for your account at {company_name}. If it was you, set it here:",
        "{link}",
        "If it was not you, there is nothing to do: your password stays as it is.",
    ),
    _template(
        "magic_link",
        "Users",
        "Sign in to {company_name}",
        ("officer_name", "link"),
        "Dear {officer_name},",
        "with this link you sign in without a password. It works once.",
        "{link}",
        "If you did not ask for it, there is nothing to do.",
    ),
    _template(
        "signed_in_by_link",
        "Users",
        "Somebody signed in to your account by a link",
        ("officer_name", "sign_in_time", "sign_in_address", "link"),
        "Dear {officer_name},",
        "a link that was mailed to you was used to sign in to your account at {company_name} at {sign_in_time}, "
        "from {sign_in_address}.",
        "If it was not you, ask for a new password at once, which ends every session, and tell your administrator.",
        "{link}",
    ),
    _template(
        "password_changed",
        "Users",
        "Your password was changed",
        ("officer_name", "link"),
        "Dear {officer_name},",
        "the password of your account at {company_name} was changed, and every other session was signed out.",
        "If it was not you, ask for a new password at once, and tell your administrator.",
        "{link}",
    ),
    _template(
        "invitation",
        "Users",
        "Choose your password for {company_name}",
        ("officer_name", "link"),
        "Dear {officer_name},",
        "with this link you choose the password of your account at {company_name}. It works once, for three days.",
        "{link}",
    ),
    _template(
        "security_settings_changed",
        "Users",
        "Security settings of {company_name} were changed",
        ("changed_by", "changed_settings", "sign_in_time", "link"),
        "{changed_by} changed at {sign_in_time} what keeps one person from doing everything alone: {changed_settings}.",
        "If you did not expect it, look at the audit trail.",
        "{link}",
    ),
    _template(
        "sign_in_blocked",
        "Users",
        "Many failed attempts to sign in",
        ("officer_name", "link"),
        "Dear {officer_name},",
        "somebody tried several times to sign in to your account at {company_name} with a wrong password. "
        "Further attempts have to wait for a while.",
        "If it was you and you do not remember your password, ask for a new one. If it was not, nothing is to be done.",
        "{link}",
    ),
    _template(
        "loan_submitted",
        "Loans",
        "Loan {loan_number} waits for approval",
        (*_LOAN, "link"),
        "{officer_name} has submitted loan {loan_number} of {customer_name} ({branch_name}) over "
        "{company_currency} {total_amount} for approval.",
        "{link}",
    ),
    _template(
        "loan_approved",
        "Loans",
        "Loan {loan_number} is approved",
        (*_LOAN, "link"),
        "Dear {officer_name},",
        "loan {loan_number} of {customer_name} ({branch_name}) over {company_currency} {total_amount} is approved and "
        "may be disbursed.",
        "{link}",
    ),
    _template(
        "loan_rejected",
        "Loans",
        "Loan {loan_number} was turned down",
        (*_LOAN, "link"),
        "Dear {officer_name},",
        "loan {loan_number} of {customer_name} ({branch_name}) over {company_currency} {total_amount} was turned down.",
        "{link}",
    ),
    _template(
        "loan_disbursed",
        "Loans",
        "Loan {loan_number} is paid out",
        (*_LOAN, "due_date", "installment_amount", "interest", "link"),
        "Dear {officer_name},",
        "loan {loan_number} of {customer_name} ({branch_name}) over {company_currency} {total_amount} is paid out. "
        "The first instalment, {company_currency} {installment_amount}, is due on {due_date}.",
        "{link}",
    ),
    _template(
        "loan_status",
        "Loans",
        "Your loan {loan_number}",
        (*_LOAN, "payment_status"),
        "Dear {customer_name},",
        "your loan {loan_number} over {company_currency} {total_amount} is now: {payment_status}.",
        "If you have questions, ask {officer_name}.",
    ),
    _template(
        "payment_confirmation",
        "Payments",
        "We received your payment",
        (*_PAYMENT, "due_date", "payment_status", "repayment_id"),
        "Dear {customer_name},",
        "thank you: we received {company_currency} {installment_amount} for your loan {loan_number}. "
        "You still owe {company_currency} {total_amount}.",
        "Receipt: {repayment_id}",
    ),
    _template(
        "payment_reminder",
        "Payments",
        "Your next payment is due on {due_date}",
        (*_PAYMENT, "due_date", "payment_status", "penalty"),
        "Dear {customer_name},",
        "{company_currency} {installment_amount} for your loan {loan_number} are due on {due_date}. "
        "If you have paid already, please ignore this mail.",
    ),
    _template(
        "new_member",
        "Members",
        "Welcome to {branch_name}",
        ("customer_name", "branch_name", "officer_name"),
        "Dear {customer_name},",
        "you are now a member of {branch_name}. Your credit officer is {officer_name}.",
    ),
    _template(
        "audit_anchor",
        "Audit",
        "The audit trail has {entry_count} entries",
        ("entry_count", "anchor"),
        "Please keep this mail. Its next line shows later whether something was cut off the audit trail or written "
        "anew in it: give it to verify-audit with --anchor.",
        "{anchor}",
    ),
)

TEMPLATES: Mapping[str, Template] = {template.key: template for template in _DELIVERED}
"""The templates as they are delivered, by key."""

_SAMPLES = {
    "company_name": "Millenium Potters",
    "company_email": "office@example.org",
    "company_phone_number": "+234 800 000 0000",
    "company_address": "1 Market Road, Lagos",
    "company_currency": "₦",
    "customer_name": "Ada Obi",
    "branch_name": "Market Women Union",
    "officer_name": "Chidi Eze",
    "due_date": "11/03/2026",
    "interest": "5,000.00",
    "payment_status": "Active",
    "installment_amount": "4,583.33",
    "loan_type": "Weekly loan",
    "loan_number": "LN00000042",
    "repayment_id": "0199b3a1",
    "penalty": "0.00",
    "total_amount": "50,000.00",
    "link": "https://app.example.org/",
    "entry_count": "1834",
    "anchor": "2026-03-11T09:30:00+00:00 1834 2d711642 0fa3cd73 f9c6571b",
    "sign_in_time": "2026-03-11 09:30 UTC",
    "sign_in_address": "203.0.113.7",
    "changed_by": "admin@example.org",
    "changed_settings": "four_eyes",
}


def template_named(key: str) -> Template:
    """The template as it is delivered. Raises TemplateNotFound."""
    if key not in TEMPLATES:
        raise TemplateNotFound("E-mail template not found.")
    return TEMPLATES[key]

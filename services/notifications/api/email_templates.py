"""What the institution writes to people."""

from typing import Any, cast

from flask import Blueprint, Response

from services.notifications import shapes
from services.notifications.api.bodies import PreviewBody, RecipientBody, TemplateChangesBody
from services.notifications.api.dependencies import current_mailer
from services.notifications.domain.templates import Changes, CurrentTemplate, check_variables
from services.notifications.queries.templates import all_templates, current_template, sample_values
from services.notifications.steps.composer import Composer
from services.notifications.usecases.email_settings import send_now
from services.notifications.usecases.templates import change_template, reset_template, template_key
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.web.auth import requires
from shared.web.envelope import success
from shared.web.schema import documented, load
from shared.web.transactions import idempotent, reading, transactional
from shared.wording import said

email_templates = Blueprint("email_templates", __name__, url_prefix="/settings/email-templates")


@email_templates.get("")
@requires(Role.ADMIN)
@documented("List e-mail templates", name="list_email_templates", answer=shapes.Template, many=True)
def get_email_templates() -> Response:
    """Every mail the platform writes, with the variables its text may name."""
    with reading() as connection:
        current = all_templates(connection)
    return success([_shown(one) for one in current.values()], "Email templates retrieved successfully")


@email_templates.get("/<id_or_key>")
@requires(Role.ADMIN)
@documented("Show an e-mail template", name="get_email_template", answer=shapes.Template)
def get_email_template(id_or_key: str) -> Response:
    """One template, as it is now."""
    with reading() as connection:
        current = current_template(connection, template_key(id_or_key))
    return success(_shown(current), "Email template retrieved successfully")


@email_templates.put("/<id_or_key>")
@requires(Role.ADMIN, as_oneself=True)
@documented("Change an e-mail template", name="update_email_template", body=TemplateChangesBody, answer=shapes.Template)
@transactional
def put_email_template(uow: UnitOfWork, id_or_key: str) -> Response:
    """Change subject or text, or whether this mail is sent at all: what is absent stays. A variable it does not have is
    refused."""
    changes = cast(Changes, load(TemplateChangesBody))
    current = change_template(uow, key=template_key(id_or_key), changes=changes, at=now())
    return success(_shown(current), "Email template updated successfully")


@email_templates.post("/<id_or_key>/reset")
@requires(Role.ADMIN, as_oneself=True)
@documented("Let an e-mail template be again as it was delivered", name="reset_email_template", answer=shapes.Template)
@idempotent
def post_email_template_reset(uow: UnitOfWork, id_or_key: str) -> Response:
    """Put the text back that the platform came with."""
    current = reset_template(uow, key=template_key(id_or_key))
    return success(_shown(current), "Email template reset successfully")


@email_templates.post("/<id_or_key>/preview")
@requires(Role.ADMIN)
@documented(
    "Show what a mail would say",
    name="preview_email_template",
    body=PreviewBody,
    optional_body=True,
    answer=shapes.Preview,
)
def post_email_template_preview(id_or_key: str) -> Response:
    """The mail that the template makes of the given variables; samples stand for those that are missing. Nothing is
    sent."""
    given = {name: value or "" for name, value in load(PreviewBody, optional=True)["variables"].items()}
    with reading() as connection:
        composer = Composer.read(connection, current_mailer())
    template = composer.templates[template_key(id_or_key)]
    check_variables(template, list(given), field="variables")
    message = composer.message(template, sample_values(template) | composer.company_values() | given)
    return success(shapes.Preview.of(message), "Email template rendered successfully")


@email_templates.post("/<id_or_key>/test")
@requires(Role.ADMIN, as_oneself=True)
@documented("Send a mail made of samples", name="send_sample_mail", body=RecipientBody, answer=shapes.MailTest)
def post_email_template_test(id_or_key: str) -> Response:
    """Send the mail that the template makes of samples to an address."""
    to, mailer = load(RecipientBody)["to"], current_mailer()
    with reading() as connection:
        composer = Composer.read(connection, mailer)
    template = composer.templates[template_key(id_or_key)]
    message = composer.message(template, sample_values(template) | composer.company_values())
    outcome = send_now(mailer, composer.sender, message, to=to, at=now())
    return success(shapes.MailTest.of(None, message=said(outcome)), outcome)


def _shown(current: CurrentTemplate) -> dict[str, Any]:
    return shapes.Template.of(current.template, updated_at=current.updated_at)

"""What the institution writes to people."""

from flask import Blueprint, Response

from services.identity import wire
from services.identity.api.dependencies import dependencies
from services.identity.api.settings_schemas import (
    MailTestAnswer,
    PreviewAnswer,
    PreviewBody,
    RecipientBody,
    TemplateAnswer,
    TemplateChangesBody,
)
from services.identity.domain.templates import check_variables, sample_values
from services.identity.queries.templates import all_templates, current_template
from services.identity.usecases.delivery import Desk
from services.identity.usecases.email_settings import send_now
from services.identity.usecases.templates import change_template, reset_template, template_key
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
@documented("List e-mail templates", name="list_email_templates", answer=TemplateAnswer, many=True)
def get_email_templates() -> Response:
    """Every mail the platform writes, with the variables its text may name."""
    with reading() as connection:
        kept = all_templates(connection)
    return success([wire.template(one) for one in kept.values()], "Email templates retrieved successfully")


@email_templates.get("/<id_or_key>")
@requires(Role.ADMIN)
@documented("Show an e-mail template", name="get_email_template", answer=TemplateAnswer)
def get_email_template(id_or_key: str) -> Response:
    """One template, as it is now."""
    with reading() as connection:
        kept = current_template(connection, template_key(id_or_key))
    return success(wire.template(kept), "Email template retrieved successfully")


@email_templates.put("/<id_or_key>")
@requires(Role.ADMIN, as_oneself=True)
@documented("Change an e-mail template", name="update_email_template", body=TemplateChangesBody, answer=TemplateAnswer)
@transactional
def put_email_template(uow: UnitOfWork, id_or_key: str) -> Response:
    """Change subject or text, or whether this mail is sent at all: what is absent stays. A variable it does not have is
    refused."""
    kept = change_template(uow, key=template_key(id_or_key), changes=load(TemplateChangesBody), at=now())
    return success(wire.template(kept), "Email template updated successfully")


@email_templates.post("/<id_or_key>/reset")
@requires(Role.ADMIN, as_oneself=True)
@documented("Let an e-mail template be again as it was delivered", name="reset_email_template", answer=TemplateAnswer)
@idempotent
def post_email_template_reset(uow: UnitOfWork, id_or_key: str) -> Response:
    """Put the text back that the platform came with."""
    kept = reset_template(uow, key=template_key(id_or_key))
    return success(wire.template(kept), "Email template reset successfully")


@email_templates.post("/<id_or_key>/preview")
@requires(Role.ADMIN)
@documented(
    "Show what a mail would say",
    name="preview_email_template",
    body=PreviewBody,
    optional_body=True,
    answer=PreviewAnswer,
)
def post_email_template_preview(id_or_key: str) -> Response:
    """The mail that the template makes of the given variables; samples stand for those that are missing. Nothing is
    sent."""
    given = {name: value or "" for name, value in load(PreviewBody, optional=True)["variables"].items()}
    with reading() as connection:
        desk = Desk.read(connection, dependencies().office)
    template = desk.templates[template_key(id_or_key)]
    check_variables(template, list(given), field="variables")
    letter = desk.letter(template, sample_values(template) | desk.company_values() | given)
    shown = {"subject": letter.subject, "html": letter.html, "text": letter.text}
    return success(shown, "Email template rendered successfully")


@email_templates.post("/<id_or_key>/test")
@requires(Role.ADMIN, as_oneself=True)
@documented("Send a mail made of samples", name="send_sample_mail", body=RecipientBody, answer=MailTestAnswer)
def post_email_template_test(id_or_key: str) -> Response:
    """Send the mail that the template makes of samples to an address."""
    to, office = load(RecipientBody)["to"], dependencies().office
    with reading() as connection:
        desk = Desk.read(connection, office)
    template = desk.templates[template_key(id_or_key)]
    letter = desk.letter(template, sample_values(template) | desk.company_values())
    message = send_now(office, desk.sender, letter, to=to, at=now())
    return success({"success": True, "message": said(message)}, message)

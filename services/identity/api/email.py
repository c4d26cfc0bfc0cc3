"""The mail server, and the mails that are waiting, gone or given up."""

from uuid import UUID

from flask import Blueprint, Response

from services.identity import wire
from services.identity.api.dependencies import dependencies
from services.identity.api.settings_schemas import (
    EmailChangesBody,
    EmailSettingsAnswer,
    EmailTestBody,
    MailAnswer,
    MailFilters,
    MailTestAnswer,
)
from services.identity.domain.templates import Letter
from services.identity.queries.institution import current_settings, email_settings
from services.identity.queries.mail import mail_page
from services.identity.usecases.email_settings import change_email_settings, draft_sender, send_now
from services.identity.usecases.mailing import retry_mail
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.web.auth import current_actor, requires
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, reading, transactional
from shared.wording import said

email = Blueprint("email", __name__, url_prefix="/settings")

_TEST = Letter(
    "A test of your mail settings",
    "This mail was sent to see whether your mail settings work. They do.",
    "<p>This mail was sent to see whether your mail settings work. They do.</p>",
)


@email.get("/email")
@requires(Role.ADMIN)
@documented("How mail is sent", name="get_email_settings", answer=EmailSettingsAnswer)
def get_email_settings() -> Response:
    """The mail server and the sender. The password is never shown: `smtpPassword` is a mask where there is one."""
    with reading() as connection:
        row = email_settings(connection)
    return success(wire.email_settings(row), "Email settings retrieved successfully")


@email.put("/email")
@requires(Role.ADMIN, as_oneself=True)
@documented("Change how mail is sent", name="update_email_settings", body=EmailChangesBody, answer=EmailSettingsAnswer)
@transactional
def put_email_settings(uow: UnitOfWork) -> Response:
    """Change them: what is absent stays, a mask as password leaves it as it is."""
    row = change_email_settings(uow, dependencies().office, changes=load(EmailChangesBody), at=now())
    return success(wire.email_settings(row), "Email settings updated successfully")


@email.post("/email/test")
@requires(Role.ADMIN, as_oneself=True)
@documented(
    "Send a mail with these settings, without keeping them",
    name="send_test_mail",
    body=EmailTestBody,
    answer=MailTestAnswer,
)
def post_email_test() -> Response:
    """Send a mail with the settings of the body over those that are kept, which stay as they are. The mail server's own
    words come back when it refuses."""
    changes = load(EmailTestBody)
    to = changes.pop("to", current_actor().email)
    office = dependencies().office
    with reading() as connection:
        sender = draft_sender(email_settings(connection), current_settings(connection), changes, office)
    message = send_now(office, sender, _TEST, to=to, at=now())
    return success({"success": True, "message": said(message)}, message)


@email.get("/mails")
@requires(Role.ADMIN)
@documented("List mails", name="list_mails", query=MailFilters, answer=MailAnswer, many=True, paged=True)
def get_mails() -> Response:
    """Mails that wait, went out or were given up, the newest first."""
    filters, page = load_query(MailFilters), page_request(unpaged=False)
    with reading() as connection:
        rows, total = mail_page(connection, status=filters.get("status"), limit=page.limit, offset=page.offset)
    return success([wire.mail(row) for row in rows], "Mails retrieved successfully", page=page.of(total))


@email.post("/mails/<uuid:mail_id>/retry")
@requires(Role.ADMIN, as_oneself=True)
@documented("Try a mail again that was given up", name="retry_mail", answer=MailAnswer)
@idempotent
def post_mail_retry(uow: UnitOfWork, mail_id: UUID) -> Response:
    """Try a mail again that was given up after all its attempts."""
    return success(wire.mail(retry_mail(uow, mail_id=mail_id, at=now())), "The mail will be tried again")

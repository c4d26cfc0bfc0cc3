"""The mail server."""

from flask import Blueprint, Response

from services.notifications import shapes
from services.notifications.api.bodies import EmailChangesBody, EmailTestBody
from services.notifications.api.dependencies import current_mailer
from services.notifications.domain.templates import Message
from services.notifications.queries.settings import current_institution, email_settings
from services.notifications.usecases.email_settings import change_email_settings, draft_sender, send_now
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.web.auth import current_actor, requires
from shared.web.envelope import success
from shared.web.schema import documented, load
from shared.web.transactions import reading, transactional
from shared.wording import said

email = Blueprint("email", __name__, url_prefix="/settings/email")

_TEST = Message(
    "A test of your mail settings",
    "This mail was sent to see whether your mail settings work. They do.",
    "<p>This mail was sent to see whether your mail settings work. They do.</p>",
)


@email.get("")
@requires(Role.ADMIN)
@documented("How mail is sent", name="get_email_settings", answer=shapes.EmailSettings)
def get_email_settings() -> Response:
    """The mail server and the sender. The password is never shown: `smtpPassword` is a mask where there is one."""
    with reading() as connection:
        row = email_settings(connection)
    return success(shapes.EmailSettings.of(row), "Email settings retrieved successfully")


@email.put("")
@requires(Role.ADMIN, as_oneself=True)
@documented("Change how mail is sent", name="update_email_settings", body=EmailChangesBody, answer=shapes.EmailSettings)
@transactional
def put_email_settings(uow: UnitOfWork) -> Response:
    """Change them: what is absent stays, a mask as password leaves it as it is."""
    row = change_email_settings(uow, current_mailer(), changes=load(EmailChangesBody), at=now())
    return success(shapes.EmailSettings.of(row), "Email settings updated successfully")


@email.post("/test")
@requires(Role.ADMIN, as_oneself=True)
@documented(
    "Send a mail with these settings, without keeping them",
    name="send_test_mail",
    body=EmailTestBody,
    answer=shapes.MailTest,
)
def post_email_test() -> Response:
    """Send a mail with the settings of the body over those that are kept, which stay as they are. The mail server's own
    words come back when it refuses."""
    changes = load(EmailTestBody)
    to = changes.pop("to", current_actor().email)
    mailer = current_mailer()
    with reading() as connection:
        sender = draft_sender(email_settings(connection), current_institution(connection), changes, mailer)
    message = send_now(mailer, sender, _TEST, to=to, at=now())
    return success(shapes.MailTest.of(None, message=said(message)), message)

"""The mails that are waiting, gone or given up."""

from uuid import UUID

from flask import Blueprint, Response

from services.notifications import shapes
from services.notifications.api.bodies import MailFilters
from services.notifications.queries.mails import mail_page
from services.notifications.usecases.mails import retry_mail
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.web.auth import requires
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load_query
from shared.web.transactions import idempotent, reading

mails = Blueprint("mails", __name__, url_prefix="/settings/mails")


@mails.get("")
@requires(Role.ADMIN)
@documented("List mails", name="list_mails", query=MailFilters, answer=shapes.Mail, many=True, paged=True)
def get_mails() -> Response:
    """Mails that wait, went out or were given up, the newest first."""
    filters, page = load_query(MailFilters), page_request(unpaged=False)
    with reading() as connection:
        rows, total = mail_page(connection, status=filters.get("status"), limit=page.limit, offset=page.offset)
    return success([shapes.Mail.of(row) for row in rows], "Mails retrieved successfully", page=page.of(total))


@mails.post("/<uuid:mail_id>/retry")
@requires(Role.ADMIN, as_oneself=True)
@documented("Try a mail again that was given up", name="retry_mail", answer=shapes.Mail)
@idempotent
def post_mail_retry(uow: UnitOfWork, mail_id: UUID) -> Response:
    """Try a mail again that was given up after all its attempts."""
    return success(shapes.Mail.of(retry_mail(uow, mail_id=mail_id, at=now())), "The mail will be tried again")

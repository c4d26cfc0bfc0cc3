"""Who sends mail, by the settings."""

from typing import Protocol

from services.notifications.domain.institution import Institution
from services.notifications.mailer.mailer import Sender
from services.notifications.mailer.smtp import MailServer
from shared.seals import Seal, SealBroken
from shared.telemetry import log


class SenderSettings(Protocol):
    """The columns of EmailSetting that say who sends mail, and by which server."""

    smtp_host: str
    smtp_port: int
    smtp_username: str
    smtp_password: str
    smtp_encryption: str
    from_email: str
    from_name: str


def sender_of(row: SenderSettings, institution: Institution, seal: Seal) -> Sender:
    """Who writes, by these settings."""
    server = None
    if row.smtp_host:
        server = MailServer(
            host=row.smtp_host,
            port=row.smtp_port,
            username=row.smtp_username,
            password=_password(row.smtp_password, seal),
            encryption=row.smtp_encryption,
        )
    return Sender(
        from_email=row.from_email or institution.email, from_name=row.from_name or institution.name, server=server
    )


def _password(sealed_password: str, seal: Seal) -> str:
    try:
        return seal.open(sealed_password)
    except SealBroken as error:
        # The key was replaced without the old one beside it. The server will refuse the sign-in, and an admin sees why.
        log.error("mail_password_unreadable", error=str(error))
        return ""

"""Settings of notifications."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.notifications.mailer.mailer import Mailer
from shared import production
from shared.messaging.signatures import EventKeys
from shared.seals import Seal
from shared.settings import BadSettings, formerly
from shared.storage.backends import make_storage
from shared.storage.settings import StorageSettings

# So long at least a mail is known, so that none about the same goes out twice.
LEAST_MAIL_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(StorageSettings):
    """Made at start by read_settings(Settings, os.environ, prefix="NOTIFICATIONS")."""

    bind: str = "127.0.0.1:8106"
    # Where the web client is, for the links in mails; without a slash at its end.
    frontend_url: str = field(default="http://localhost:3000", metadata=formerly("IDENTITY_FRONTEND_URL"))
    # Keys for secrets that are kept, such as the password of the mail server; the first one encrypts.
    sealing_keys: tuple[str, ...] = field(default=(), repr=False, metadata=formerly("IDENTITY_SEALING_KEYS"))
    # The folder where mails become files while no mail server is set up; in production all but those with a link.
    # `make up` sets it.
    mail_folder: str = field(default="", metadata=formerly("IDENTITY_MAIL_FOLDER"))
    # Mail servers inside our own network that may be used: names, addresses or networks.
    mail_allowed_hosts: tuple[str, ...] = field(default=(), metadata=formerly("IDENTITY_MAIL_ALLOWED_HOSTS"))
    # How many mails one worker sends at most. Mail servers turn away who sends more, and in a rush the receipts wait,
    # not the payments; links go first.
    mails_a_second: int = field(default=20, metadata=formerly("IDENTITY_MAILS_A_SECOND"))
    # Certificates that vouch for mail servers, beside the usual ones.
    mail_ca_file: str = field(default="", metadata=formerly("IDENTITY_MAIL_CA_FILE"))
    # Who is mailed the end of the audit trail now and then, by which a later cut or rewriting of it is seen.
    audit_anchor_recipients: tuple[str, ...] = field(default=(), metadata=formerly("IDENTITY_AUDIT_ANCHOR_RECIPIENTS"))
    # How many days before it is due a member is reminded of an instalment; negative for never.
    reminder_days: int = field(default=1, metadata=formerly("IDENTITY_REMINDER_DAYS"))

    # Up to how many bytes a report that somebody subscribed to comes with the mail; longer ones are fetched by a link.
    attached_bytes: int = 5_000_000

    # How long mails that were sent, or given up, are kept with whom they went to.
    mail_keep_days: int = 90

    def __post_init__(self) -> None:
        StorageSettings.__post_init__(self)
        if self.mail_keep_days < LEAST_MAIL_DAYS:
            raise BadSettings(f"NOTIFICATIONS_MAIL_KEEP_DAYS must be at least {LEAST_MAIL_DAYS}.")
        if self.mails_a_second < 1:
            raise BadSettings("NOTIFICATIONS_MAILS_A_SECOND must be at least 1.")
        if any(len(key) < 32 for key in self.sealing_keys):
            raise BadSettings("NOTIFICATIONS_SEALING_KEYS: each must have at least 32 characters")
        if self.environment == production.PRODUCTION and (faults := [*self._production_faults()]):
            raise BadSettings("; ".join(faults))

    def _production_faults(self) -> Iterator[str]:
        yield from production.address_faults("FRONTEND_URL", self.frontend_url)
        for key in self.sealing_keys:
            yield from production.secret_faults("NOTIFICATIONS_SEALING_KEYS: one", key)

    @property
    def mailer(self) -> Mailer:
        """What it takes to send mail."""
        return Mailer(
            seal=Seal([*(self.sealing_keys or (self.internal_secret,)), *self._keys_of_links()]),
            folder=self.mail_folder,
            allowed_hosts=self.mail_allowed_hosts,
            ca_file=self.mail_ca_file,
            front_url=self.frontend_url,
            writes_links=self.environment == production.DEVELOPMENT,
            files=make_storage(self, "reporting"),
        )

    def _keys_of_links(self) -> Iterator[str]:
        """The key by which identity seals the links of mails; only workers, which send them, have it."""
        if self.event_keys:
            yield EventKeys.from_text(self.event_keys).checking["identity"].hex()

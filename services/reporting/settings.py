"""Every setting of reporting, read once at start with the prefix REPORTING."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from services.reporting.domain.chain import Keys
from shared import production
from shared.backup.sealing import BadKey, check_public_key
from shared.jobs.settings import JobSettings
from shared.settings import BadSettings


def _key_faults(key: str) -> Iterator[str]:
    try:
        check_public_key(key)
    except BadKey as error:
        yield f"REPORTING_BACKUP_RECIPIENTS: {error}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(JobSettings):
    """Made at start by read_settings(Settings, os.environ, prefix="REPORTING")."""

    # Their virtual host on the broker, to which events are passed on; nothing is when it is empty.
    outside_broker_url: str = field(default="", repr=False)
    bind: str = "127.0.0.1:8105"
    # Whether admins may remove everything but their own account (`POST /backup/reset`).
    allow_reset: bool = False
    # What the chain of the audit trail is made with, 32 characters or more each. The first is for new entries, all are
    # needed to verify old ones. Workers, `migrate` and `verify-audit` need them, and the web role does not.
    audit_keys: tuple[str, ...] = field(default=(), repr=False)
    # The file to which the end of the audit trail is appended when it has moved; none when empty.
    audit_anchor_file: str = ""
    # How often that is, in seconds.
    audit_anchor_seconds: float = 300
    # How often the end of the audit trail is published, for the mail to AUDIT_ANCHOR_RECIPIENTS; 0 is never.
    audit_anchor_hours: float = 24

    # How many seconds a statement of a report may take while somebody waits for it; what takes longer a job makes.
    screen_seconds: float = 5
    # From which hour of the day on, in the institution's time zone, the reports of that day are sent.
    subscription_hour: int = 6
    # How old the last verification of the audit trail may be, in hours, before asking for it begins a new one.
    audit_verify_hours: float = 24

    # Public keys of age (`age1...`) to which backups are sealed, as `make keys` makes them. With any, this installation
    # cannot open its own backups: who downloads or restores one gives the private key. Without, it keeps a pair itself.
    backup_recipients: tuple[str, ...] = ()
    # After how many seconds without a sign of life from a service a backup fails.
    backup_patience_seconds: float = 120

    def __post_init__(self) -> None:
        JobSettings.__post_init__(self)
        faults = ["REPORTING_AUDIT_KEYS: each must have at least 32 characters"] if self._has_short_key() else []
        if self.environment == production.PRODUCTION:
            faults += [fault for key in self.audit_keys for fault in production.secret_faults("AUDIT_KEYS", key)]
            if self.is_encrypted:
                faults += production.plain_address_faults("REPORTING_OUTSIDE_BROKER_URL", self.outside_broker_url)
        if self.audit_anchor_seconds <= 0 or self.audit_anchor_hours < 0:
            faults.append("REPORTING_AUDIT_ANCHOR_SECONDS must be positive, and _HOURS not negative")
        if self.audit_verify_hours <= 0 or self.screen_seconds <= 0:
            faults.append("REPORTING_AUDIT_VERIFY_HOURS and _SCREEN_SECONDS must be positive")
        if not 0 <= self.subscription_hour <= 23:
            faults.append("REPORTING_SUBSCRIPTION_HOUR must be from 0 to 23")
        if self.backup_patience_seconds <= 0:
            faults.append("REPORTING_BACKUP_PATIENCE_SECONDS must be positive")
        faults += [fault for key in self.backup_recipients for fault in _key_faults(key)]
        if faults:
            raise BadSettings("; ".join(faults))

    def _has_short_key(self) -> bool:
        return any(len(key) < 32 for key in self.audit_keys)

    @property
    def chain_keys(self) -> Keys:
        """The keys of the audit trail. Raises BadSettings when there are none."""
        if not self.audit_keys:
            raise BadSettings("REPORTING_AUDIT_KEYS is missing")
        return Keys(self.audit_keys)

    @property
    def anchor_path(self) -> Path | None:
        """The file of anchors, if there is one."""
        return Path(self.audit_anchor_file) if self.audit_anchor_file else None

    @property
    def anchors_every(self) -> timedelta:
        """How often the end of the audit trail is published."""
        return timedelta(hours=self.audit_anchor_hours)

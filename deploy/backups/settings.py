"""Every setting of backups, read once at start with the prefix BACKUPS."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from shared.settings import BadSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Made at start by read_settings(Settings, os.environ, prefix="BACKUPS")."""

    # The superuser, who makes base backups.
    admin_database_url: str = field(repr=False)
    # Where the archive is: the log of the database, and base backups. `make up` takes `.local/archive`, or the folder
    # that `ARCHIVE_FOLDER` names; on another disk it survives the loss of this one. `ARCHIVE_FOLDER=off` is none.
    archive_folder: str
    # For how many days back any second can be restored.
    keep_days: float = 30
    # How many days after a full base backup the next one is made.
    full_days: float = 7
    # How many hours after a base backup an incremental one is made.
    incremental_hours: float = 24
    # How many seconds after the start the very first base backup is made.
    first_seconds: float = 30
    # How many days after a rehearsal of a restore the next one begins; 0 is never.
    rehearsal_days: float = 7
    # Where a rehearsal builds its database, on a disk with room for a whole one; in the archive when empty.
    rehearsal_folder: str = ""
    # Where the files of the database are; only a restore while it does not run needs that.
    database_folder: str = ""
    # Where health and metrics are answered, `host:port`.
    bind: str = "127.0.0.1:0"
    # The keys of the audit trail, by which a rehearsal verifies it; it does not without.
    audit_keys: tuple[str, ...] = field(default=(), repr=False)
    # The file of anchors that the audit trail is held against, if there is one.
    audit_anchor_file: str = ""
    # By which times are shown and read.
    company_time_zone: str = "Africa/Lagos"
    # The name of this installation.
    platform: str = ""

    def __post_init__(self) -> None:
        if min(self.keep_days, self.full_days, self.incremental_hours) <= 0 or self.rehearsal_days < 0:
            raise BadSettings(
                "BACKUPS_KEEP_DAYS, _FULL_DAYS and _INCREMENTAL_HOURS must be positive, and _REHEARSAL_DAYS not "
                "negative"
            )

    @property
    def folder(self) -> Path:
        """Where the archive is."""
        return Path(self.archive_folder)

    @property
    def database(self) -> Path:
        """The folder of the database. Raises BadSettings when nobody has named it."""
        if not self.database_folder:
            raise BadSettings("BACKUPS_DATABASE_FOLDER is missing")
        return Path(self.database_folder)

    @property
    def rehearsals(self) -> Path:
        """Where rehearsals build their databases."""
        return Path(self.rehearsal_folder or self.archive_folder)

    @property
    def keep(self) -> timedelta:
        """How far back any second can be restored."""
        return timedelta(days=self.keep_days)

    @property
    def anchors(self) -> Path | None:
        """The file of anchors, if there is one."""
        return Path(self.audit_anchor_file) if self.audit_anchor_file else None

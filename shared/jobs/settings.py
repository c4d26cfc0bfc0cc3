"""The settings of a service that makes files aside."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from shared import production
from shared.settings import BadSettings
from shared.storage.settings import StorageSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSettings(StorageSettings):
    """How long files may be that are made aside, how long they are kept, and where their rows are read: JOB_ROWS,
    JOB_KEEP_HOURS, READ_DATABASE_URL."""

    # How many rows a file may have that is made by a job (`POST /reports/jobs`).
    job_rows: int = 1_000_000
    # How many hours such a file can be fetched.
    job_keep_hours: float = 72
    # A copy of the service's database that only reads, for its role; with several servers
    # `target_session_attrs=standby` finds one. Files that are made aside are read there, once it has come as far
    # as the job; in the database itself where it has not within five seconds, or cannot be reached. Empty for no copy.
    read_database_url: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        # Without arguments `super` would look for the class as it was before it got its slots.
        super(JobSettings, self).__post_init__()
        if self.job_rows < 1 or self.job_keep_hours <= 0:
            raise BadSettings("JOB_ROWS and JOB_KEEP_HOURS must be positive")
        if self.read_database_url and self.environment == production.PRODUCTION:
            faults = [f"READ_{fault}" for fault in self._faults_of_copy()]
            if faults:
                raise BadSettings("; ".join(faults))

    def _faults_of_copy(self) -> Iterator[str]:
        yield from production.database_faults(self.read_database_url)
        if self.is_encrypted:
            yield from production.plain_database_faults("DATABASE_URL", self.read_database_url)

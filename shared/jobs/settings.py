"""The settings of a service that makes files aside."""

from dataclasses import dataclass

from shared.settings import BadSettings
from shared.storage.settings import StorageSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSettings(StorageSettings):
    """How long files may be that are made aside, and how long they are kept: JOB_ROWS, JOB_KEEP_HOURS."""

    # How many rows a file may have that is made by a job (`POST /reports/jobs`).
    job_rows: int = 1_000_000
    # How many hours such a file can be fetched.
    job_keep_hours: float = 72

    def __post_init__(self) -> None:
        # Without arguments `super` would look for the class as it was before it got its slots.
        super(JobSettings, self).__post_init__()
        if self.job_rows < 1 or self.job_keep_hours <= 0:
            raise BadSettings("JOB_ROWS and JOB_KEEP_HOURS must be positive")

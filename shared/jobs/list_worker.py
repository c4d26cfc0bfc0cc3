"""How the worker of a service makes its lists aside."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from shared.db import Sessions
from shared.jobs.job import FileJob
from shared.jobs.settings import JobSettings
from shared.jobs.table import LIST_JOBS
from shared.jobs.work import EXPIRE_SECONDS, expire, work
from shared.storage.backends import Storage
from shared.work import LOOK_SECONDS
from shared.worker import Timer

Make = Callable[[Sessions, FileJob, JobSettings, Storage], None]
"""Makes the file of a job and keeps it. Raises JobLost, and what a job that can never be done breaks."""


@dataclass(frozen=True, slots=True)
class ListWorker:
    """What a worker needs to make the lists of its service. `load` gives what makes them: the web side, which declares
    them, and what writes files are 30 MB of a process, which nobody who never asks for a list has to pay."""

    settings: JobSettings
    storage: Storage
    load: Callable[[], Make]

    def timers(self) -> list[Timer]:
        """What is due every so many seconds."""
        return [
            Timer(LOOK_SECONDS, self.make_lists, apart=True, of=LIST_JOBS.name),
            Timer(EXPIRE_SECONDS, self.expire_lists),
        ]

    def make_lists(self, sessions: Sessions) -> int:
        """Make the files that wait; returns how many."""
        return work(sessions, LIST_JOBS, self._make, keep=self._keep)

    def expire_lists(self, sessions: Sessions) -> None:
        """Let go of jobs whose time is over, and of those that are lost each time."""
        expire(sessions, LIST_JOBS, keep=self._keep)

    def _make(self, sessions: Sessions, job: FileJob) -> None:
        self.load()(sessions, job, self.settings, self.storage)

    @property
    def _keep(self) -> timedelta:
        return timedelta(hours=self.settings.job_keep_hours)

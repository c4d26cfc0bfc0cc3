"""What reporting publishes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from services.reporting.domain.anchor import Anchor
from services.reporting.models.jobs import Job
from shared import audit, restatement
from shared.backup import events as backup
from shared.messaging.events import Event, of_service, one_of
from shared.restore import events as restore

TRAIL_ID = UUID("0199b3a1-5c00-7000-8000-0000000000e1")
"""Stands for the one audit trail there is."""


REPORT_ACTIONS = ("REPORT_EXPORTED", "REPORT_GENERATED", "REPORT_DELETED")


@dataclass(frozen=True)
class TrailAnchored(Event):
    """The audit trail ended here at this moment; kept outside, it shows that the end was cut off or that history was
    written anew."""

    type = "reporting.audit.anchored.v1"

    entries: Annotated[int, {"minimum": 1}, "How many entries there were, which is also the number of the last one."]
    hash: Annotated[str, {"pattern": "^[0-9a-f]{64}$"}, "The hash of the last entry."]
    text: Annotated[
        str,
        "The anchor in one line, as `verify-audit --anchor` takes it: moment, number of entries, hash, name of the "
        "key, seal.",
    ]

    @classmethod
    def of(cls, anchor: Anchor) -> Self:
        """The event about the trail as this anchor holds it."""
        return cls(TRAIL_ID, anchor.sequence, anchor.sequence, anchor.hash.hex(), anchor.to_text())


@dataclass(frozen=True)
class ReportReady(Event):
    """A report that somebody subscribed to was made; they are to be written to."""

    type = "reporting.report.ready.v1"

    job_id: UUID
    person_id: Annotated[UUID, "Who has it sent, and alone may fetch it."]
    title: Annotated[str, "What the report is called."]
    period: Annotated[str, "The days it is about, for people."]
    path: Annotated[str, "Where it is fetched, below the address of the gateway; who does so has to be signed in."]
    file_key: Annotated[str, "Under which the storage of reporting has it."]
    file_name: str
    media_type: str
    size: Annotated[int, {"minimum": 0}, "Bytes."]
    expires_at: datetime

    @classmethod
    def of(cls, job: Job, *, period: str, media_type: str) -> Self:
        """The event about a job of a subscription that is done."""
        if not (job.person_id and job.file_key and job.file_name and job.expires_at) or job.size is None:
            raise ValueError("The job is not done.")
        path = f"/api/reports/jobs/{job.id}/file"
        return cls(
            job.id, 1, job.id, job.person_id, job.title, period, path, job.file_key, job.file_name, media_type,
            job.size, job.expires_at,
        )  # fmt: skip


ACTIONS = (
    "SUBSCRIBER_ADDED", "SUBSCRIBER_REMOVED", "AUDIT_LOGS_EXPORTED", *audit.ACTIONS_ON_JOBS,
    "REPORT_SUBSCRIPTION_CREATED", "REPORT_SUBSCRIPTION_UPDATED", "REPORT_SUBSCRIPTION_DELETED",
    "BACKUP_CREATED", "BACKUP_DOWNLOADED", "BACKUP_DELETED", "BACKUP_SCHEDULE_UPDATED", "SYSTEM_RESTORED",
    "SYSTEM_RESET",
)  # fmt: skip
ENTITIES = ("Report", audit.JOB, "ReportSubscription", "AuditTrail", "Backup", "BackupSchedule")


@dataclass(frozen=True)
class AuditRecorded(audit.Recorded):
    """Somebody took, kept or deleted a report, or an operator did something with the events of reporting: one entry of
    the audit trail."""

    type = "reporting.audit.recorded.v1"

    action: Annotated[str, one_of(*audit.ACTIONS_ON_EVENTS, *ACTIONS, *REPORT_ACTIONS)]
    entity_name: Annotated[str, one_of(*audit.ENTITIES_OF_EVENTS, "ReportSession", *ENTITIES)]
    metadata: Annotated[dict[str, Any], "The request, or the command of an operator."]


@dataclass(frozen=True)
class BackupRequested(backup.Requested):
    """These services are to write their part of a backup now. Counted by the requests for it."""

    type = "reporting.backup.requested.v1"


@dataclass(frozen=True)
class BackupEnded(backup.Ended):
    """A backup is whole, or failed: nothing more is to be written for it."""

    type = "reporting.backup.ended.v1"


@dataclass(frozen=True)
class BackupForgotten(backup.Forgotten):
    """A backup is kept no more, and neither are copies of files that are in no other one."""

    type = "reporting.backup.forgotten.v1"


@dataclass(frozen=True)
class RestoreRequested(restore.Requested):
    """These services are to take a step of a restore now. Counted by the steps of it."""

    type = "reporting.restore.requested.v1"


@dataclass(frozen=True)
class RestoreEnded(restore.Ended):
    """A restore is over: everything is as in its parts, or as before."""

    type = "reporting.restore.ended.v1"


AS_OTHERS = tuple(
    of_service(event, "reporting") for event in (*backup.OF_PARTS, *restore.OF_STEPS, restatement.EpochBegan)
)
"""What this service publishes as others do."""

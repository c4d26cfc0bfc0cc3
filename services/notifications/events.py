"""What notifications publishes."""

from dataclasses import dataclass
from typing import Annotated, Any

from shared import audit, restatement
from shared.backup import events as backup
from shared.messaging.events import one_of
from shared.restore import events as restore


@dataclass(frozen=True)
class AuditRecorded(audit.Recorded):
    """Somebody changed how mail is sent or what it says: one entry of the audit trail."""

    type = "notifications.audit.recorded.v1"

    action: Annotated[
        str, one_of("EMAIL_SETTINGS_UPDATED", "EMAIL_TEMPLATE_UPDATED", "EMAIL_RETRIED", *audit.ACTIONS_ON_EVENTS)
    ]
    entity_name: Annotated[str, one_of("Settings", *audit.ENTITIES_OF_EVENTS)]
    before: Annotated[dict[str, Any] | None, "The settings or the template before, without any secret."]
    after: Annotated[dict[str, Any] | None, "The settings or the template after the change, without any secret."]
    metadata: Annotated[dict[str, Any], "The request, and what else explains the change."]


@dataclass(frozen=True)
class BackupPartProgressed(backup.Progressed):
    """Our part of a backup is being written."""

    type = "notifications.backup_part.progressed.v1"


@dataclass(frozen=True)
class BackupPartWritten(backup.Written):
    """Our part of a backup is written: what is in it, and where it is kept."""

    type = "notifications.backup_part.written.v1"


@dataclass(frozen=True)
class BackupPartFailed(backup.Failed):
    """Our part of a backup could not be written."""

    type = "notifications.backup_part.failed.v1"


class EpochBegan(restatement.EpochBegan):
    """The data of notifications went back to an older state. What is not published again did not happen; audit entries
    and ended sessions stay."""

    type = "notifications.epoch.began.v1"


@dataclass(frozen=True)
class RestoreStepTaken(restore.StepTaken):
    """We took a step of a restore."""

    type = "notifications.restore_step.taken.v1"


@dataclass(frozen=True)
class RestoreStepFailed(restore.StepFailed):
    """We cannot take a step of a restore; nothing is changed."""

    type = "notifications.restore_step.failed.v1"

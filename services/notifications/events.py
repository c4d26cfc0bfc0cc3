"""What notifications publishes."""

from dataclasses import dataclass
from typing import Annotated, Any

from shared import audit, restatement
from shared.backup import events as backup
from shared.messaging.events import of_service, one_of
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


AS_OTHERS = tuple(
    of_service(event, "notifications") for event in (*backup.OF_PARTS, *restore.OF_STEPS, restatement.EpochBegan)
)
"""What this service publishes as others do."""

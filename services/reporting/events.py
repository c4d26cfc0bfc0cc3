"""What reporting publishes."""

from dataclasses import dataclass
from typing import Annotated, Any, Self
from uuid import UUID

from services.reporting.domain.anchor import Anchor
from shared import audit
from shared.messaging.events import Event, one_of

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


ACTIONS = (
    "SUBSCRIBER_ADDED", "SUBSCRIBER_REMOVED", "AUDIT_LOGS_EXPORTED", "REPORT_JOB_CREATED",
    "REPORT_JOB_DELETED",
)  # fmt: skip
ENTITIES = ("Report", "ReportJob", "AuditTrail")


@dataclass(frozen=True)
class AuditRecorded(audit.Recorded):
    """Somebody took, kept or deleted a report, or an operator did something with the events of reporting: one entry of
    the audit trail."""

    type = "reporting.audit.recorded.v1"

    action: Annotated[str, one_of(*audit.ACTIONS_ON_EVENTS, *ACTIONS, *REPORT_ACTIONS)]
    entity_name: Annotated[str, one_of(*audit.ENTITIES_OF_EVENTS, "ReportSession", *ENTITIES)]
    metadata: Annotated[dict[str, Any], "The request, or the command of an operator."]

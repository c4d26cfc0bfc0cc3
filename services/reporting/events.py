"""What reporting tells the others."""

from dataclasses import dataclass
from uuid import UUID

from services.reporting.domain.anchor import Anchor
from shared.messaging.events import Event

TRAIL_ID = UUID("0199b3a1-5c00-7000-8000-0000000000e1")
"""Stands for the one audit trail there is."""


@dataclass(frozen=True)
class TrailAnchored(Event):
    """`reporting.audit.anchored.v1`: how many entries there are, and what the last hash is; `text` is one line."""

    type = "reporting.audit.anchored.v1"
    entries: int
    hash: str
    text: str

    @classmethod
    def of(cls, anchor: Anchor) -> "TrailAnchored":
        return cls(TRAIL_ID, anchor.sequence, anchor.sequence, anchor.hash.hex(), anchor.to_text())

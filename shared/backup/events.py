"""What services tell each other about a backup. `reporting` asks for one; each service says how its part is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypedDict
from uuid import UUID

from shared.messaging.events import Event, one_of

Count = Annotated[int, {"minimum": 0}]
Hash = Annotated[str, {"pattern": "^[0-9a-f]{64}$"}]

LOCAL, CLOUD = "local", "cloud"
PLACES = (LOCAL, CLOUD)
"""Where backups are kept: in the folder of the storage, or at Cloudinary."""


class CopyOfPart(TypedDict):
    """Where a part is kept."""

    place: Annotated[str, one_of(*PLACES)]
    keys: Annotated[
        list[str],
        "Under which the storage of the service has it there, piece after piece; they open nothing to others.",
        {"minItems": 1},
    ]


class ContentOfPart(TypedDict):
    """What is in a part under one name."""

    name: Annotated[str, "Such as `table loans` or `section repayments`."]
    rows: Count
    sha256: Annotated[Hash, "Of the rows, each with its line feed."]


@dataclass(frozen=True)
class Requested(Event):
    """These services are to write their part of a backup now. Counted by the requests for it."""

    backup_id: UUID
    attempt: Annotated[int, {"minimum": 1}]
    database: Annotated[str | None, "In which the snapshot is; null where the databases are apart."]
    snapshot: Annotated[
        str | None,
        "The moment that all of them write, by PostgreSQL's name for it; null where each service takes its own, one "
        "after the other.",
    ]
    services: Annotated[list[str], {"minItems": 1}]
    public_keys: Annotated[list[str], "To which parts are sealed, as age writes them."]
    places: Annotated[list[str], {"minItems": 1}, "Where parts are kept: local, cloud."]
    include_audit_logs: bool
    include_sessions: bool


@dataclass(frozen=True)
class Ended(Event):
    """A backup is whole, or failed: nothing more is to be written for it."""

    backup_id: UUID
    attempt: int
    error: Annotated[str | None, "Why it failed; null when it is whole."]


@dataclass(frozen=True)
class Forgotten(Event):
    """A backup is kept no more, and neither are copies of files that are in no other one."""

    backup_id: UUID
    oldest_at: Annotated[datetime, "The moment of the oldest backup that is kept: what is in none since then goes."]


@dataclass(frozen=True)
class Progressed(Event):
    """A service is writing its part of a backup."""

    type = "backup_part.progressed.v1"

    backup_id: UUID
    attempt: int
    rows: Annotated[Count, "Written so far."]


@dataclass(frozen=True)
class Written(Event):
    """A service has written its part of a backup: what is in it, and where it is kept."""

    type = "backup_part.written.v1"

    backup_id: UUID
    attempt: int
    at: Annotated[datetime, "The moment that is in it."]
    migration: Annotated[str, "The newest of the schema."]
    outbox_seq: Annotated[Count, "The last event that was published in it."]
    size: Annotated[Count, "Bytes of the sealed file."]
    sha256: Annotated[Hash, "Of the sealed file."]
    copies: Annotated[list[CopyOfPart], {"minItems": 1}]
    contents: list[ContentOfPart]


@dataclass(frozen=True)
class Failed(Event):
    """A service could not write its part of a backup."""

    type = "backup_part.failed.v1"

    backup_id: UUID
    attempt: int
    reason: str
    is_apart: Annotated[bool, "Because its database is another one, which the snapshot is not in."]


OF_PARTS = (Progressed, Written, Failed)
"""What every service publishes of its part."""

"""Work that is done aside, and its table."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, Date, Index, SmallInteger, Table, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.reporting.domain.jobs import JobKind
from services.reporting.models.base import Moment, metadata
from shared.jobs.job import FileJob


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(FileJob):
    """A job of reporting. `seen` are the officers and actors whose figures and deeds are in the file, None for
    everybody's; `findings` what a verification found. `due_on` is the day for which a subscription asked for it.
    """

    kind: JobKind
    seen: Collection[UUID] | None = None
    findings: Mapping[str, Any] | None = None
    subscription_id: UUID | None = None
    due_on: date | None = None


# Work that is done aside. Who has the lease of one may go on with it; one whose lease has run out is taken again.
jobs = Table(
    "jobs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("person_id", Uuid),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("filters", JSONB, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
    Column("lease", Uuid),
    Column("leased_until", Moment),
    Column("progress", SmallInteger, nullable=False, server_default="0"),
    Column("rows", BigInteger),
    Column("file_key", Text),
    Column("file_name", Text),
    Column("size", BigInteger),
    Column("seen", ARRAY(Uuid)),
    Column("unions", ARRAY(Uuid)),
    Column("error", Text),
    Column("expires_at", Moment),
    Column("findings", JSONB),
    Column("subscription_id", Uuid),
    Column("due_on", Date),
    UniqueConstraint("subscription_id", "due_on"),
)
_unfinished = jobs.c.state.in_(("PENDING", "RUNNING"))
Index("jobs_person_id_idx", jobs.c.person_id, jobs.c.created_at.desc(), jobs.c.id.desc())
Index("jobs_unfinished_idx", jobs.c.created_at, postgresql_where=_unfinished)
Index("jobs_verification_idx", jobs.c.kind, unique=True, postgresql_where=_unfinished & (jobs.c.kind == "VERIFICATION"))
Index("jobs_expires_at_idx", jobs.c.expires_at)

"""A list that leaves as a file: at once while it is short, by a job when it is long."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from marshmallow import Schema
from sqlalchemy import Connection

from shared.context import Actor, Role
from shared.files.table import Table
from shared.jobs.job import FileJob

Listing = Callable[[Connection, Actor, dict[str, Any], date], Table]
"""Makes the table of a list, for somebody, by the filters of its query without `format`, as of a business day. Rows are
read a few at a time on a connection that is in a transaction."""

Counting = Callable[[Connection, Actor, dict[str, Any], date], int]
"""How many rows that table will have; more or fewer may have come by then."""

Seen = Callable[[Connection, Actor], Collection[UUID]]
"""The unions, deleted ones too, that somebody who is no admin may see now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListExport:
    """One list. `name` is that of its path and of its file, `title` what people call it; `query` loads its filters, and
    the audit trail has an entry of `action` on `entity_name` whenever a file of it leaves. `roles` are those who may
    have it, everybody when there are none."""

    name: str
    title: str
    query: type[Schema]
    action: str
    entity_name: str
    table: Listing
    count: Counting
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class ListExports:
    """The lists of a service, and which unions somebody may see, for who fetches a file later."""

    lists: tuple[ListExport, ...]
    seen: Seen

    def named(self, name: str) -> ListExport:
        """The list of this name, which is there."""
        return next(each for each in self.lists if each.name == name)

    def may_see(self, connection: Connection, actor: Actor, job: FileJob) -> bool:
        """Whether somebody may see, as they are now, all that was put into the file."""
        roles = self.named(job.name).roles
        if roles and actor.role not in roles:
            return False
        if actor.role is Role.ADMIN:
            return True
        return job.unions is not None and set(self.seen(connection, actor)).issuperset(job.unions)

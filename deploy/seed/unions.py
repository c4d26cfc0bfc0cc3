"""Unions, and what the other services know of them."""

from dataclasses import dataclass
from uuid import UUID

from deploy.seed.book import Book
from deploy.seed.outboxes import done_by
from deploy.seed.people import TOWNS, UNION_NAMES
from deploy.seed.staff import Officer
from services.membership.domain.search import searchable
from services.membership.events import UnionCreated
from services.membership.models import Union
from services.membership.queries import counts
from services.reporting.domain.facts import UnionOfficer
from shared.audit import Entry as Deed
from shared.clock import business_date
from shared.directory import shapes as directory
from shared.tally import EVERYBODY

FOLLOWERS = ("identity", "lending", "payments", "reporting", "notifications")


@dataclass(frozen=True, slots=True)
class SeededUnion:
    """A union and its officer."""

    id: UUID
    officer: Officer


def found_union(book: Book, number: int, officer: Officer, position: float) -> SeededUnion:
    """Write a union that the officer's supervisor founds."""
    at = book.calendar.moment(position)
    town, state = book.chance.choice(TOWNS)
    name, location, address = f"{book.chance.choice(UNION_NAMES)} of {town} {number}", town, f"{town}, {state}"
    union = Union(
        id=book.chance.identifier(at),
        name=name,
        location=location,
        address=address,
        officer_id=officer.actor.id,
        search=searchable(name, location, address),
        version=1,
        created_by=officer.supervisor.id,
        created_at=at,
        updated_at=at,
    )
    membership, by = book.schemas["membership"], done_by(officer.supervisor)
    membership.add_object("unions", union)
    membership.count(counts.UNION, (EVERYBODY, union.officer_id), counts.LIVE)
    book.outboxes.add("membership", UnionCreated.of(union), by, at)
    deed = Deed("UNION_CREATED", "Union", union.id, None, directory.Union.of(union), {})
    book.outboxes.audit("membership", deed, by, at)
    row = {
        "id": union.id,
        "name": name,
        "location": location,
        "address": address,
        "officer_id": union.officer_id,
        "is_deleted": False,
        "created_at": at,
        "updated_at": at,
        "version": 1,
    }
    for service in FOLLOWERS:
        book.schemas[service].add("directory_union", row)
    since = UnionOfficer(union.id, union.version, business_date(book.zone, at), union.officer_id)
    book.schemas["reporting"].add_object("union_officers", since)
    return SeededUnion(union.id, officer)

"""Members, and what the other services know of them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from deploy.seed.book import Book
from deploy.seed.bulk import unmapped
from deploy.seed.outboxes import done_by
from deploy.seed.people import FIRST_NAMES, LAST_NAMES, TOWNS, TRADES
from deploy.seed.unions import SeededUnion
from services.membership.domain.member import member_code
from services.membership.domain.search import searchable
from services.membership.events import MemberCreated
from services.membership.models import Member
from services.membership.queries import counts
from services.membership.shapes import MemberScalars
from services.reporting.domain import members as portfolio
from shared.audit import Entry as Deed
from shared.clock import business_date
from shared.messaging.events import Envelope
from shared.tally import EVERYBODY


@dataclass(frozen=True, slots=True)
class SeededMember:
    """A member and their union."""

    id: UUID
    union: SeededUnion


def take_in_member(book: Book, number: int, union: SeededUnion, position: float) -> SeededMember:
    """Write a member whom the union's officer takes in; `number` is that of the member's code."""
    at = book.calendar.moment(position)
    member = _member(book, number, union, at)
    by, membership = done_by(union.officer.actor), book.schemas["membership"]
    membership.add_object("members", member)
    membership.count(counts.MEMBER, (EVERYBODY, member.officer_id, member.union_id), counts.LIVE)
    envelope = book.outboxes.add("membership", MemberCreated.of(member), by, at)
    if book.outboxes.is_audited:
        deed = Deed("UNION_MEMBER_CREATED", "UnionMember", member.id, None, MemberScalars.of(member), {})
        book.outboxes.audit("membership", deed, by, at)
    _add_to_directories(book, member, envelope)
    return SeededMember(member.id, union)


def _member(book: Book, number: int, union: SeededUnion, at: datetime) -> Member:
    chance, code = book.chance, member_code(number)
    first_name, last_name, phone = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES), chance.phone()
    # Every other member has an address, which must be their own; by chance, so that it says nothing of their loans.
    email = f"{first_name}.{last_name}.{number}@example.com".lower() if chance.randrange(2) else None
    city, state = chance.choice(TOWNS)
    return unmapped(
        Member,
        id=chance.identifier(at),
        code=code,
        first_name=first_name,
        last_name=last_name,
        email=email,
        phone=phone,
        address=f"{chance.randrange(1, 200)} Market Road",
        date_of_birth=date(chance.randrange(1955, 2004), chance.randrange(1, 13), chance.randrange(1, 29)),
        gender=chance.choice(("female", "female", "male")),
        marital_status=chance.choice(("single", "married", "widowed")),
        profession=chance.choice(TRADES),
        city=city,
        state=state,
        country="Nigeria",
        is_verified=True,
        union_id=union.id,
        officer_id=union.officer.actor.id,
        search=searchable(first_name, last_name, email, phone, code),
        version=1,
        created_by=union.officer.actor.id,
        created_at=at,
        updated_at=at,
    )


def _add_to_directories(book: Book, member: Member, envelope: Envelope) -> None:
    row = {
        "id": member.id,
        "code": member.code,
        "first_name": member.first_name,
        "last_name": member.last_name,
        "email": member.email,
        "phone": member.phone,
        "union_id": member.union_id,
        "is_deleted": False,
        "details": envelope.data["details"],
        "search": searchable(member.code, member.first_name, member.last_name, member.email, member.phone),
        "version": envelope.version,
    }
    for service in ("identity", "lending", "payments", "reporting", "notifications"):
        book.schemas[service].add("directory_member", row)
    counted = portfolio.Member(
        id=member.id,
        version=envelope.version,
        union_id=member.union_id,
        is_verified=member.is_verified,
        is_deleted=False,
        created_on=business_date(book.zone, member.created_at),
    )
    book.schemas["reporting"].add_object("portfolio_members", counted)
    book.add_to_sums(portfolio.member_parts(counted))

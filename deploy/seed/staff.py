"""Supervisors and credit officers, and what the other services know of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from deploy.seed.book import Book
from deploy.seed.outboxes import done_by
from deploy.seed.people import FIRST_NAMES, LAST_NAMES, TOWNS
from services.identity.events import UserCreated
from services.identity.models import User
from services.identity.shapes import UserSnapshot
from shared.audit import Entry as Deed
from shared.context import Actor, Role

FOLLOWERS = ("membership", "lending", "payments", "reporting", "notifications")


@dataclass(frozen=True, slots=True)
class Officer:
    """A credit officer, and who supervises them."""

    actor: Actor
    supervisor: Actor


def take_in_staff(book: Book, *, officers: int, supervisors: int, password_hash: str) -> list[Officer]:
    """Write the accounts; all of them have the same password. The officers are shared out among the supervisors."""
    at = book.calendar.moment(0)
    heads = [_take_in(book, Role.SUPERVISOR, number, None, password_hash, at) for number in range(1, supervisors + 1)]
    made = []
    for number in range(1, officers + 1):
        head = heads[number % supervisors]
        made.append(Officer(_take_in(book, Role.CREDIT_OFFICER, number, head.id, password_hash, at), head))
    return made


def _take_in(
    book: Book, role: Role, number: int, supervisor_id: UUID | None, password_hash: str, at: datetime
) -> Actor:
    user = User(
        id=book.chance.identifier(at),
        email=email_of(role, number),
        password_hash=password_hash,
        password_is_temporary=False,
        first_name=book.chance.choice(FIRST_NAMES),
        last_name=book.chance.choice(LAST_NAMES),
        phone=book.chance.phone(),
        address=", ".join(book.chance.choice(TOWNS)),
        role=role,
        supervisor_id=supervisor_id,
        is_active=True,
        login_count=0,
        version=1,
        created_at=at,
        updated_at=at,
    )
    book.schemas["identity"].add_object("user_account", user)
    envelope = book.outboxes.add("identity", UserCreated.of(user), done_by(None), at)
    deed = Deed("USER_CREATED", "User", user.id, None, UserSnapshot.of(user), {})
    book.outboxes.audit("identity", deed, done_by(None), at)
    row = {
        "id": user.id,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "phone": user.phone,
        "address": user.address,
        "role": user.role.value,
        "supervisor_id": user.supervisor_id,
        "is_active": True,
        "is_deleted": False,
        "created_at": at,
        "created_by": None,
        "password_set_by": None,
        "password_set_at": None,
        "version": envelope.version,
    }
    for service in FOLLOWERS:
        book.schemas[service].add("directory_staff", row)
    return Actor(user.id, user.email, role, session_id=user.id)


def email_of(role: Role, number: int) -> str:
    """The address a seeded person signs in with: `officer-0001@seed.local`, `supervisor-0001@seed.local`."""
    name = "officer" if role is Role.CREDIT_OFFICER else "supervisor"
    return f"{name}-{number:04}@seed.local"

"""Welcoming new members."""

from datetime import datetime

from services.notifications.queries import people
from services.notifications.steps.queue import NewMail, is_fresh, queue_mails
from shared.db import UnitOfWork
from shared.directory.handlers import Members
from shared.messaging.handlers import CauseMissing
from shared.words import full_name


def welcome_members(uow: UnitOfWork, events: Members, *, at: datetime) -> None:
    """Write to new members who have an address. Raises CauseMissing for those whose union the directory does not hold
    yet."""
    new = [
        (member, envelope)
        for member, envelope in events
        if envelope.type.endswith(".created.v1") and is_fresh(envelope, at) and member.details.get("email")
    ]
    unions = people.unions(uow.connection, {member.union_id for member, _ in new}) if new else {}
    if waiting := [envelope.id for member, envelope in new if member.union_id not in unions]:
        raise CauseMissing("the union of the member is not known yet", waiting)
    mails = []
    for member, envelope in new:
        union = unions[member.union_id]
        variables = {
            "customer_name": full_name(member.first_name, member.last_name),
            "branch_name": union.name,
            "officer_name": union.officer.name,
        }
        mails.append(NewMail("new_member", member.details["email"], variables, dedupe=f"new_member {envelope.id}"))
    queue_mails(uow, mails)

"""Reminding members of what falls due."""

from datetime import date, datetime, timedelta

from services.identity.domain.dues import Dues, Line
from services.identity.domain.words import written_amount
from services.identity.queries import dues
from services.identity.steps.mail_queue import Wanted, queue_mails
from services.identity.usecases.news import Circle
from shared.db import UnitOfWork
from shared.messaging.handlers import Data
from shared.money import ZERO

_AT_ONCE = 200


def remind_members(uow: UnitOfWork, *, today: date, days: int, at: datetime) -> int:
    """Remind members of what falls due within so many days, once of each due date; returns how many loans were looked
    at. May run at any time and in several workers."""
    until = today + timedelta(days=days)
    due = dues.dues_to_be_told(uow.connection, until=until, limit=_AT_ONCE)
    told = [(one, one.to_be_reminded_of(today=today, until=until)) for one in due]
    circle = Circle.read(uow.connection, [_facts(one) for one, lines in told if lines and one.member_id])
    wanted = [mail for one, lines in told for line in lines if one.member_id for mail in _reminder(circle, one, line)]
    queue_mails(uow, wanted)
    dues.save_dues(uow.connection, {one.loan_id: one for one in due}, [one.reminded(until) for one in due], at=at)
    return len(due)


def _facts(one: Dues) -> Data:
    return {"member_id": one.member_id, "union_id": one.union_id, "loan_number": one.loan_number}


def _reminder(circle: Circle, one: Dues, line: Line) -> list[Wanted]:
    member = circle.members.get(one.member_id) if one.member_id else None
    if member is None or not member.email or one.union_id not in circle.unions:
        return []
    variables = circle.about(_facts(one)).variables | {
        "due_date": circle.day(line.due_on),
        "installment_amount": written_amount(line.total),
        "total_amount": written_amount(sum((owed.total for owed in one.owed), start=ZERO)),
        "penalty": written_amount(line.penalty),
        "payment_status": "due",
    }
    return [Wanted("payment_reminder", member.email, variables, dedupe=f"payment_reminder {one.loan_id} {line.due_on}")]

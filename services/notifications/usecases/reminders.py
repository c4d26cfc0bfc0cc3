"""Reminding members of what falls due."""

from datetime import date, datetime, timedelta

from services.notifications.domain.dues import Dues, Line
from services.notifications.domain.wording import written_amount
from services.notifications.queries import dues
from services.notifications.steps.parties import LoanRef, Parties
from services.notifications.steps.queue import NewMail, queue_mails
from shared.db import UnitOfWork
from shared.money import ZERO

_AT_ONCE = 200


def remind_members(uow: UnitOfWork, *, today: date, days: int, at: datetime) -> int:
    """Remind members of what falls due within so many days, once of each due date; returns how many loans were looked
    at. May run at any time and in several workers."""
    until = today + timedelta(days=days)
    due = dues.dues_to_be_reminded_of(uow.connection, until=until, limit=_AT_ONCE)
    reminders = [(one, one.to_be_reminded_of(today=today, until=until)) for one in due]
    parties = Parties.read(uow.connection, [_ref(one) for one, lines in reminders if lines])
    queue_mails(uow, [mail for one, lines in reminders for line in lines for mail in _reminder(parties, one, line)])
    dues.save_dues(uow.connection, {one.loan_id: one for one in due}, [one.reminded(until) for one in due], at=at)
    return len(due)


def _ref(one: Dues) -> LoanRef:
    return LoanRef(one.member_id, one.union_id, one.loan_number)


def _reminder(parties: Parties, one: Dues, line: Line) -> list[NewMail]:
    party = parties.of(_ref(one))
    if party is None or not party.member.email:
        return []
    variables = party.variables | {
        "due_date": parties.day(line.due_on),
        "installment_amount": written_amount(line.total),
        "total_amount": written_amount(sum((owed.total for owed in one.owed), start=ZERO)),
        "penalty": written_amount(line.penalty),
        "payment_status": "due",
    }
    dedupe = f"payment_reminder {one.loan_id} {line.due_on}"
    return [NewMail("payment_reminder", party.member.email, variables, dedupe=dedupe)]

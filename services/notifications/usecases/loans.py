"""Writing to members and staff about loans and payments.

Each event is written about once, whenever and however often it comes: the mail carries its id.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.notifications.domain.dues import Dues
from services.notifications.domain.wording import MEMBER_WORDS, STAFF_MAILS, written_amount
from services.notifications.queries.people import Group
from services.notifications.steps.dues import AccountEvent, LoanEvent, keep_dues
from services.notifications.steps.parties import LoanRef, Parties, Party
from services.notifications.steps.queue import NewMail, is_fresh, queue_mails
from shared.db import UnitOfWork
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing

_WRITTEN_ABOUT = STAFF_MAILS.keys() | MEMBER_WORDS.keys()


class RepaymentRecorded(AccountEvent):
    """Money received on a loan; older events do not name the member."""

    repayment_id: UUID
    amount: Decimal
    union_id: UUID
    loan_number: str | None = None
    member_id: UUID | None = None


def follow_loans(uow: UnitOfWork, events: Sequence[tuple[LoanEvent | AccountEvent, Envelope]], *, at: datetime) -> None:
    """Keep when money falls due, and write about what happened, by events of lending and payments.
    Raises CauseMissing for those whose member or union the directory does not hold yet."""
    loans = [(loan, envelope) for loan, envelope in events if isinstance(loan, LoanEvent)]
    accounts = [(paid, envelope) for paid, envelope in events if isinstance(paid, AccountEvent)]
    dues = keep_dues(uow.connection, loans, accounts, at)
    written_about = [(_ref(event), event, envelope) for event, envelope in events if _is_written_about(event, envelope)]
    written_about = [one for one in written_about if is_fresh(one[2], at)]
    if not written_about:
        return
    parties = Parties.read(uow.connection, [ref for ref, _, _ in written_about])
    if waiting := [envelope.id for ref, _, envelope in written_about if parties.of(ref) is None]:
        raise CauseMissing("the member or the union of the loan is not known yet", waiting)
    new: list[NewMail] = []
    for ref, event, envelope in written_about:
        party = parties.of(ref)
        if party and isinstance(event, LoanEvent):
            new += _of_loan(parties, party, event, envelope)
        elif party and isinstance(event, RepaymentRecorded):
            new += _of_payment(parties, party, event, envelope, dues[event.loan_id])
    queue_mails(uow, new)


def _is_written_about(event: LoanEvent | AccountEvent, envelope: Envelope) -> bool:
    if isinstance(event, LoanEvent):
        return envelope.type in _WRITTEN_ABOUT
    return isinstance(event, RepaymentRecorded) and event.member_id is not None


def _ref(event: LoanEvent | AccountEvent) -> LoanRef:
    if isinstance(event, LoanEvent):
        return LoanRef(event.member_id, event.union_id, event.loan_number, event.loan_type_id)
    if isinstance(event, RepaymentRecorded):
        return LoanRef(event.member_id, event.union_id, event.loan_number)
    return LoanRef(None, None, None)


def _of_loan(parties: Parties, party: Party, loan: LoanEvent, envelope: Envelope) -> list[NewMail]:
    variables = party.variables | {
        "total_amount": written_amount(loan.principal),
        "interest": written_amount(loan.interest_total),
    }
    if loan.schedule:
        first = loan.schedule[0]
        variables["due_date"] = parties.day(first.due_on)
        variables["installment_amount"] = written_amount(first.principal + first.interest)
    new = []
    if template := STAFF_MAILS.get(envelope.type):
        for address in _staff(parties, template, party.union):
            new.append(NewMail(template, address, variables, dedupe=f"{template} {envelope.id} {address}"))
    if party.member.email and envelope.type in MEMBER_WORDS:
        words = variables | {"payment_status": MEMBER_WORDS[envelope.type]}
        new.append(NewMail("loan_status", party.member.email, words, dedupe=f"loan_status {envelope.id}"))
    return new


def _staff(parties: Parties, template: str, union: Group) -> Sequence[str]:
    """An application goes to who supervises the officer, or else to the admins; everything else goes to the officer."""
    if template != "loan_submitted":
        return [union.officer.email] if union.officer.email else []
    return [union.supervisor.email] if union.supervisor.email else parties.admins


def _of_payment(
    parties: Parties, party: Party, payment: RepaymentRecorded, envelope: Envelope, dues: Dues
) -> list[NewMail]:
    if not party.member.email:
        return []
    variables = party.variables | {
        "installment_amount": written_amount(payment.amount),
        "total_amount": written_amount(payment.account.outstanding),
        "payment_status": "repaid completely" if payment.account.settled else "received",
        "repayment_id": str(payment.repayment_id),
        "due_date": parties.day(next((line.due_on for line in dues.owed), None)),
    }
    dedupe = f"payment_confirmation {envelope.id}"
    return [NewMail("payment_confirmation", party.member.email, variables, dedupe=dedupe)]

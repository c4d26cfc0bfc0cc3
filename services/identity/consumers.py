"""What identity hears from the others: which unions an officer manages and which of their loans are open, so that
nobody leaves them behind; and what people are written to about."""

from collections.abc import Sequence

from marshmallow import fields
from msgspec.structs import asdict

from services.identity.queries import loans
from services.identity.queries.dues import keep_loan_type
from services.identity.usecases import anchors, news
from shared.clock import now
from shared.db import UnitOfWork
from shared.directory.handlers import Members, follow_members, follow_unions
from shared.fields import Money
from shared.messaging.events import Envelope
from shared.messaging.handlers import Data, EventSchema, Handlers

CLOSED = frozenset({"COMPLETED", "WRITTEN_OFF", "CANCELED"})
_DELETED = "lending.loan.deleted.v1"

handlers = Handlers("identity")
follow_unions(handlers)


def welcome_new(uow: UnitOfWork, events: Members) -> None:
    """Of members whom the directory keeps the new ones are welcomed."""
    created = [(asdict(member), envelope) for member, envelope in events if envelope.type.endswith(".created.v1")]
    news.welcome_members(uow, created, at=now())


follow_members(handlers, on_kept=welcome_new)


class ScheduleLine(EventSchema):
    sequence = fields.Integer(required=True)
    due_on = fields.Date(required=True)
    principal = Money(required=True)
    interest = Money(required=True)


class LoanEvent(EventSchema):
    loan_id = fields.UUID(required=True)
    loan_number = fields.String(required=True)
    member_id = fields.UUID(required=True)
    union_id = fields.UUID(required=True)
    loan_type_id = fields.UUID(allow_none=True, load_default=None)
    principal = Money(required=True)
    interest_total = Money(required=True)
    status = fields.String(required=True)
    updated_at = fields.AwareDateTime(required=True)
    schedule_version = fields.Integer(load_default=None)
    schedule = fields.List(fields.Nested(ScheduleLine), load_default=None)


class AccountLine(EventSchema):
    sequence = fields.Integer(required=True)
    paid = Money(required=True)
    status = fields.String(required=True)
    due_on = fields.Date(load_default=None)
    penalty = Money(load_default=None)
    fee = Money(load_default=None)
    interest = Money(load_default=None)
    principal = Money(load_default=None)


class Account(EventSchema):
    version = fields.Integer(required=True)
    schedule_version = fields.Integer(required=True)
    outstanding = Money(required=True)
    settled = fields.Boolean(required=True)
    instalments = fields.List(fields.Nested(AccountLine), required=True)


class AccountEvent(EventSchema):
    loan_id = fields.UUID(required=True)
    account = fields.Nested(Account, required=True)


class RepaymentEvent(AccountEvent):
    repayment_id = fields.UUID(required=True)
    amount = Money(required=True)
    union_id = fields.UUID(required=True)
    loan_number = fields.String(load_default=None)
    member_id = fields.UUID(load_default=None)


# No read depends on the mail that money causes, so nobody who pays waits for it.
@handlers.on_many("payments.repayment.recorded.v1", schema=RepaymentEvent(), is_awaited=False)
@handlers.on_many(
    "payments.repayment.reversed.v1",
    "payments.charge.added.v1",
    "payments.charge.waived.v1",
    "payments.account.replayed.v1",
    schema=AccountEvent(),
    is_awaited=False,
)
@handlers.on_many(
    "lending.loan.created.v1",
    "lending.loan.updated.v1",
    "lending.loan.submitted.v1",
    "lending.loan.approved.v1",
    "lending.loan.approval_undone.v1",
    "lending.loan.rejected.v1",
    "lending.loan.canceled.v1",
    "lending.loan.disbursed.v1",
    "lending.loan.disbursement_undone.v1",
    "lending.loan.rescheduled.v1",
    "lending.loan.completed.v1",
    "lending.loan.defaulted.v1",
    "lending.loan.written_off.v1",
    "lending.loan.reactivated.v1",
    _DELETED,
    schema=LoanEvent(),
)
def keep_loans(uow: UnitOfWork, events: Sequence[tuple[Data, Envelope]]) -> None:
    """One function for all that concerns loans, so that a transaction locks each of them once."""
    lent = [event for event in events if event[1].source == "lending"]
    loans.keep_loans(uow.connection, [_open_or_closed(loan, envelope) for loan, envelope in lent])
    paid = [event for event in events if event[1].source == "payments"]
    news.follow_loans(uow, loans=lent, accounts=paid, at=now())


def _open_or_closed(loan: Data, envelope: Envelope) -> Data:
    """Whether a loan is open by this event; whose it is follows from where its member is."""
    return {
        "loan_id": loan["loan_id"],
        "member_id": loan["member_id"],
        "is_open": loan["status"] not in CLOSED and envelope.type != _DELETED,
        "changed_at": loan["updated_at"],
        "version": envelope.version,
    }


class AnchorEvent(EventSchema):
    entries = fields.Integer(required=True)
    text = fields.String(required=True)


@handlers.on("reporting.audit.anchored.v1", schema=AnchorEvent(), is_awaited=False)
def mail_anchor(uow: UnitOfWork, anchor: Data, envelope: Envelope) -> None:
    """Each of the people named in the settings gets one mail of an anchor, however often it comes."""
    anchors.mail_anchor(uow, anchor, envelope)


class LoanTypeEvent(EventSchema):
    loan_type_id = fields.UUID(required=True)
    name = fields.String(required=True)


@handlers.on("lending.loan_type.created.v1", "lending.loan_type.updated.v1", schema=LoanTypeEvent(), is_awaited=False)
def keep_name_of_loan_type(uow: UnitOfWork, loan_type: Data, envelope: Envelope) -> None:
    """The newest version wins, so order does not matter."""
    keep_loan_type(uow.connection, **loan_type, version=envelope.version)

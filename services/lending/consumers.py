"""What lending hears from the others: the directory of staff, unions and members, and the accounts of its loans."""

from collections.abc import Sequence
from uuid import UUID

from marshmallow import fields

from services.lending import counts
from services.lending.domain.progress import InstalmentStatus
from services.lending.queries import locks
from services.lending.usecases import account
from shared.db import UnitOfWork
from shared.directory.handlers import follow_members, follow_staff, follow_unions
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing, Data, EventSchema, Handlers

handlers = Handlers("lending")


class AllocationEvent(EventSchema):
    """The part of a repayment on one instalment."""

    allocation_id = fields.UUID(required=True)
    instalment_id = fields.UUID(required=True)
    sequence = fields.Integer(required=True)
    interest = fields.Decimal(required=True)
    principal = fields.Decimal(required=True)


class SettledInstalment(EventSchema):
    """How far an instalment is paid."""

    instalment_id = fields.UUID(required=True)
    paid = fields.Decimal(required=True)
    status = fields.Enum(InstalmentStatus, required=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)


class AccountEvent(EventSchema):
    """What is paid and owed on a loan, and the instalments whose state changed."""

    version = fields.Integer(required=True)
    paid = fields.Decimal(required=True)
    outstanding = fields.Decimal(required=True)
    settled = fields.Boolean(required=True)
    instalments = fields.List(fields.Nested(SettledInstalment), required=True)


class RepaymentRecorded(EventSchema):
    """Money received on a loan."""

    repayment_id = fields.UUID(required=True)
    loan_id = fields.UUID(required=True)
    amount = fields.Decimal(required=True)
    currency = fields.String(required=True)
    method = fields.String(required=True)
    paid_at = fields.AwareDateTime(required=True)
    paid_on = fields.Date(required=True)
    recorded_at = fields.AwareDateTime(required=True)
    reference = fields.String(allow_none=True, load_default=None)
    notes = fields.String(allow_none=True, load_default=None)
    received_by = fields.UUID(required=True)
    allocations = fields.List(fields.Nested(AllocationEvent), required=True)
    account = fields.Nested(AccountEvent, required=True)


class ReallocatedRepayment(EventSchema):
    """Where a repayment went on the new schedule."""

    repayment_id = fields.UUID(required=True)
    allocations = fields.List(fields.Nested(AllocationEvent), required=True)


class AccountReplayed(EventSchema):
    """Every repayment of a loan put on a new schedule."""

    loan_id = fields.UUID(required=True)
    repayments = fields.List(fields.Nested(ReallocatedRepayment), required=True)
    account = fields.Nested(AccountEvent, required=True)


def hand_over(uow: UnitOfWork, union_id: UUID, officer_id: UUID) -> None:
    """Whoever is the officer of a union is the officer of its loans."""
    moved = locks.hand_over_loans(uow.session, union_id, officer_id)
    counts.loans_handed_over(uow.connection, moved, officer_id)


follow_staff(handlers)
follow_unions(handlers, on_assigned=hand_over)

_directory = Handlers("lending")
follow_members(_directory)


class MemberEvent(EventSchema):
    """Which member; the rest is for the directory."""

    member_id = fields.UUID(required=True)


@handlers.on_many(*_directory.event_types, schema=MemberEvent())
def keep_members(uow: UnitOfWork, events: Sequence[tuple[Data, Envelope]]) -> None:
    """The directory keeps the members; the loans of one who moved go to the union where the directory now has them."""
    _directory.run(uow, [envelope for _, envelope in events])
    for member_id, union_id in locks.moved_members(uow.session, {data["member_id"] for data, _ in events}):
        union = locks.union_for_update(uow.session, union_id)
        if union is None:
            raise CauseMissing(f"union {union_id} is not known yet")
        moved = locks.move_loans(uow.session, member_id, union_id=union_id, officer_id=union.officer_id)
        counts.loans_handed_over(uow.connection, moved, union.officer_id)


handlers.on_many("payments.repayment.recorded.v1", schema=RepaymentRecorded())(account.follow_repayments)
handlers.on_many("payments.account.replayed.v1", schema=AccountReplayed())(account.follow_replays)

"""What lending hears from the others: the directory of staff, unions and members, and the accounts of its loans."""

from marshmallow import fields

from services.lending.domain.progress import InstalmentStatus
from services.lending.queries.documents import keep_type
from services.lending.usecases import accounts as account
from services.lending.usecases import transfer as moving
from shared.db import UnitOfWork
from shared.directory.handlers import follow_members, follow_staff, follow_unions
from shared.institution import keep_settings
from shared.messaging.events import Envelope
from shared.messaging.handlers import Data, EventSchema, Handlers

handlers = Handlers("lending")


# Where a repayment went is kept and shown as it was told: nothing here reads it, and that would be a third of what
# an event costs.
_ALLOCATIONS = fields.List(fields.Dict(), required=True)


class SettledInstalment(EventSchema):
    """How far an instalment is paid; and what falls due on it, where that may have changed."""

    instalment_id = fields.UUID(required=True)
    sequence = fields.Integer(required=True)
    due_on = fields.Date(load_default=None)
    penalty = fields.Decimal(load_default=None)
    fee = fields.Decimal(load_default=None)
    interest = fields.Decimal(load_default=None)
    is_charge_line = fields.Boolean(load_default=None)
    paid = fields.Decimal(required=True)
    status = fields.Enum(InstalmentStatus, required=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)


class AccountEvent(EventSchema):
    """What is paid and owed on a loan, and the instalments whose state changed."""

    version = fields.Integer(required=True)
    schedule_version = fields.Integer(required=True)
    paid = fields.Decimal(required=True)
    outstanding = fields.Decimal(required=True)
    settled = fields.Boolean(required=True)
    closed_at = fields.AwareDateTime(allow_none=True, load_default=None)
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
    kind = fields.String(load_default="REPAYMENT")
    allocations = _ALLOCATIONS
    account = fields.Nested(AccountEvent, required=True)


class RepaymentReversed(EventSchema):
    """A repayment taken back."""

    reversal_id = fields.UUID(required=True)
    repayment_id = fields.UUID(required=True)
    loan_id = fields.UUID(required=True)
    amount = fields.Decimal(required=True)
    currency = fields.String(required=True)
    method = fields.String(required=True)
    reason = fields.String(required=True)
    reversed_by = fields.UUID(required=True)
    reversed_at = fields.AwareDateTime(required=True)
    recorded_at = fields.AwareDateTime(required=True)
    account = fields.Nested(AccountEvent, required=True)


class AccountChanged(EventSchema):
    """Something else changed what falls due on a loan."""

    loan_id = fields.UUID(required=True)
    account = fields.Nested(AccountEvent, required=True)


class ReallocatedRepayment(EventSchema):
    """Where a repayment went."""

    repayment_id = fields.UUID(required=True)
    allocations = _ALLOCATIONS


class AccountReplayed(EventSchema):
    """Every repayment of a loan put on its schedule again."""

    loan_id = fields.UUID(required=True)
    repayments = fields.List(fields.Nested(ReallocatedRepayment), required=True)
    account = fields.Nested(AccountEvent, required=True)


follow_staff(handlers)
follow_unions(handlers, on_assigned=moving.hand_over)
follow_members(handlers, on_kept=moving.take_loans_along)

# One function for all that payments tells of accounts, so that a transaction takes it in order, whatever it is.
handlers.on_many(account.RECORDED, schema=RepaymentRecorded())(account.follow_accounts)
handlers.on_many(account.REVERSED, schema=RepaymentReversed())(account.follow_accounts)
handlers.on_many("payments.account.replayed.v1", schema=AccountReplayed())(account.follow_accounts)
handlers.on_many("payments.charge.added.v1", "payments.charge.waived.v1", schema=AccountChanged())(
    account.follow_accounts
)


class SettingsEvent(EventSchema):
    """All settings of the institution by their names on the wire."""

    settings = fields.Dict(keys=fields.String(), required=True)


@handlers.on("identity.settings.updated.v1", schema=SettingsEvent())
def follow_settings(uow: UnitOfWork, told: Data, envelope: Envelope) -> None:
    """The newest version wins, so order does not matter."""
    keep_settings(uow.connection, told["settings"], envelope.version)


class DocumentTypeEvent(EventSchema):
    """What a document may be."""

    id = fields.UUID(required=True, data_key="document_type_id")
    code = fields.String(required=True)
    name = fields.String(required=True)
    description = fields.String(allow_none=True, load_default=None)
    is_active = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


@handlers.on(
    "membership.document_type.created.v1",
    "membership.document_type.updated.v1",
    "membership.document_type.deleted.v1",
    schema=DocumentTypeEvent(),
)
def keep_document_type(uow: UnitOfWork, document_type: Data, envelope: Envelope) -> None:
    """Whatever order the news come in, the newest stands."""
    deleted_at = document_type["updated_at"] if envelope.type == "membership.document_type.deleted.v1" else None
    keep_type(uow.session, document_type | {"deleted_at": deleted_at, "version": envelope.version})

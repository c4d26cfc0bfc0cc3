"""What payments follows: the loans and loan types of lending, and what the directory keeps."""

from marshmallow import fields

from services.payments.domain.account import LoanStatus
from services.payments.models.rows import LoanFacts
from services.payments.queries import account_updates
from services.payments.steps.replays import NewInstalment, NewSchedule
from services.payments.usecases.loans import follow_members, keep_loan, move_to_officer
from services.payments.usecases.schedules import replace_schedule
from shared.db import UnitOfWork
from shared.directory import handlers as directory
from shared.fields import Money
from shared.institution import keep_settings
from shared.messaging.events import Envelope
from shared.messaging.handlers import Data, EventSchema, Handlers
from shared.money import ZERO

handlers = Handlers("payments")
directory.follow_staff(handlers)
directory.follow_unions(handlers, on_assigned=move_to_officer)


def take_loans_along(uow: UnitOfWork, events: directory.Members) -> None:
    """The loans of a member who moved go to the union where the directory now has the member."""
    follow_members(uow, [member.id for member, _ in events])


directory.follow_members(handlers, on_kept=take_loans_along)


class ScheduleLine(EventSchema):
    instalment_id = fields.UUID(required=True)
    sequence = fields.Integer(required=True)
    due_on = fields.Date(required=True)
    principal = Money(required=True)
    interest = Money(required=True)


class Terms(EventSchema):
    """Of the terms of a loan only what money follows from."""

    interest_method = fields.String(load_default="FLAT")
    rounding = fields.String(load_default="HALF_UP")
    penalty_mode = fields.String(load_default="SHOWN")
    penalty_grace_days = fields.Integer(load_default=0)
    rebates_unearned_interest = fields.Boolean(load_default=False)
    base_on = fields.Date(allow_none=True, load_default=None)


class LoanEvent(EventSchema):
    loan_id = fields.UUID(required=True)
    loan_number = fields.String(required=True)
    member_id = fields.UUID(required=True)
    union_id = fields.UUID(required=True)
    loan_type_id = fields.UUID(allow_none=True, load_default=None)
    created_by = fields.UUID(required=True)
    principal = Money(required=True)
    currency = fields.String(required=True)
    status = fields.Enum(LoanStatus, by_value=True, required=True)
    disbursed_on = fields.Date(allow_none=True, load_default=None)
    disbursed_at = fields.AwareDateTime(allow_none=True, load_default=None)
    closed_at = fields.AwareDateTime(allow_none=True, load_default=None)
    term_count = fields.Integer(required=True)
    term_unit = fields.String(required=True)
    start_on = fields.Date(required=True)
    end_on = fields.Date(allow_none=True, load_default=None)
    annual_rate = fields.Decimal(required=True)
    processing_fee = Money(required=True)
    processing_fee_collected = fields.Boolean(required=True)
    penalty_per_day = Money(required=True)
    terms = fields.Nested(Terms, load_default=dict)
    submitted_at = fields.AwareDateTime(allow_none=True, load_default=None)
    approved_at = fields.AwareDateTime(allow_none=True, load_default=None)
    approved_by = fields.UUID(allow_none=True, load_default=None)
    disbursement_method = fields.String(allow_none=True, load_default=None)
    disbursement_reference = fields.String(allow_none=True, load_default=None)
    notes = fields.String(allow_none=True, load_default=None)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)
    schedule_version = fields.Integer(load_default=None)
    schedule = fields.List(fields.Nested(ScheduleLine), load_default=None)


class LoanTypeEvent(EventSchema):
    loan_type_id = fields.UUID(required=True)
    name = fields.String(required=True)
    description = fields.String(allow_none=True, load_default=None)
    min_amount = Money(required=True)
    max_amount = Money(required=True)
    term_unit = fields.String(required=True)
    min_term = fields.Integer(required=True)
    max_term = fields.Integer(required=True)
    is_active = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


@handlers.on(
    "lending.loan.created.v1",
    "lending.loan.submitted.v1",
    "lending.loan.approved.v1",
    "lending.loan.rejected.v1",
    "lending.loan.canceled.v1",
    "lending.loan.disbursed.v1",
    "lending.loan.completed.v1",
    "lending.loan.defaulted.v1",
    "lending.loan.written_off.v1",
    "lending.loan.reactivated.v1",
    "lending.loan.updated.v1",
    "lending.loan.deleted.v1",
    "lending.loan.rescheduled.v1",
    "lending.loan.approval_undone.v1",
    "lending.loan.disbursement_undone.v1",
    schema=LoanEvent(),
)
def follow_loan(uow: UnitOfWork, loan: Data, envelope: Envelope) -> None:
    """Facts and schedule have versions of their own, so an event may have a newer one of either alone."""
    facts = loan_facts(loan, is_deleted=envelope.type == "lending.loan.deleted.v1")
    keep_loan(uow, loan_id=loan["loan_id"], facts=facts, version=envelope.version)
    if loan["schedule"] is not None:
        schedule = NewSchedule(loan["schedule_version"], [NewInstalment(**line) for line in loan["schedule"]])
        # The time is the one that lending shows of its instalments, which an answer of either service shows.
        replace_schedule(uow, loan_id=loan["loan_id"], schedule=schedule, at=loan["updated_at"])


@handlers.on(
    "lending.loan_type.created.v1",
    "lending.loan_type.updated.v1",
    schema=LoanTypeEvent(),
)
def follow_loan_type(uow: UnitOfWork, loan_type: Data, envelope: Envelope) -> None:
    """The newest version wins, so order does not matter."""
    loan_type["id"] = loan_type.pop("loan_type_id")
    account_updates.keep_loan_type(uow.connection, loan_type | {"version": envelope.version})


class SettingsEvent(EventSchema):
    """All settings of the institution by their names on the wire."""

    settings = fields.Dict(keys=fields.String(), required=True)


@handlers.on("identity.settings.updated.v1", schema=SettingsEvent())
def follow_settings(uow: UnitOfWork, updated: Data, envelope: Envelope) -> None:
    """The newest version wins, so order does not matter."""
    keep_settings(uow.connection, updated["settings"], envelope.version)


def loan_facts(loan: Data, *, is_deleted: bool) -> LoanFacts:
    """The columns of an account that an event of lending brings."""
    terms = loan["terms"]
    return {
        "loan_number": loan["loan_number"],
        "member_id": loan["member_id"],
        "loan_type_id": loan["loan_type_id"],
        "created_by": loan["created_by"],
        "principal": loan["principal"],
        "currency": loan["currency"],
        "lending_status": loan["status"].value,
        "disbursed_at": loan["disbursed_at"],
        "closed_at": loan["closed_at"],
        "term_count": loan["term_count"],
        "term_unit": loan["term_unit"],
        "start_on": loan["start_on"],
        "end_on": loan["end_on"],
        "annual_rate": loan["annual_rate"],
        "processing_fee": loan["processing_fee"],
        "processing_fee_collected": loan["processing_fee_collected"],
        "penalty_per_day": loan["penalty_per_day"],
        "interest_method": terms.get("interest_method") or "FLAT",
        "rounding": terms.get("rounding") or "HALF_UP",
        "rebates_unearned_interest": bool(terms.get("rebates_unearned_interest")),
        "base_on": terms.get("base_on"),
        "disbursed_on": loan["disbursed_on"],
        "submitted_at": loan["submitted_at"],
        "approved_at": loan["approved_at"],
        "approved_by": loan["approved_by"],
        "disbursement_method": loan["disbursement_method"],
        "disbursement_reference": loan["disbursement_reference"],
        "notes": loan["notes"],
        "created_at": loan["created_at"],
        "updated_at": loan["updated_at"],
        "daily_penalty": loan["penalty_per_day"] if terms.get("penalty_mode") == "CHARGED" else ZERO,
        "penalty_grace_days": terms.get("penalty_grace_days") or 0,
        "is_deleted": is_deleted,
    }

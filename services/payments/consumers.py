"""What payments follows: the loans and loan types of lending, settings, and what the directory keeps."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal
from uuid import UUID

from msgspec import field
from msgspec.structs import asdict

from services.payments.domain.account import LoanFacts, LoanStatus
from services.payments.domain.instalment import Instalment
from services.payments.domain.schedules import Schedule
from services.payments.models.ledger import loan_types
from services.payments.queries.erasures import blank_notes
from services.payments.queries.past_schedules import add_schedules
from services.payments.steps.replays import NewInstalment, NewSchedule
from services.payments.usecases.loans import follow_members, keep_loan, move_to_officer
from services.payments.usecases.restatement import remove_loans
from services.payments.usecases.schedules import replace_schedule, take_over_schedule
from shared.backup.participant import follow_backups
from shared.clock import business_date
from shared.db import UnitOfWork
from shared.directory import handlers as directory
from shared.fields import Day
from shared.institution import follow_settings
from shared.messaging.events import Envelope
from shared.messaging.handlers import Handlers, Moment, Payload
from shared.money import ZERO
from shared.postgres.newest import keep_newest
from shared.restatement import when_restated
from shared.restore.participant import follow_restores

RESTATED = "lending.loan.restated.v1"

handlers = Handlers("payments")
directory.follow_staff(handlers)
directory.follow_unions(handlers, on_assigned=move_to_officer)


def take_loans_along(uow: UnitOfWork, events: directory.Members) -> None:
    """The loans of a member who moved go to the union where the directory now has the member; what people wrote about
    the payments of one who was erased goes."""
    follow_members(uow, [member.id for member, _ in events])
    if members := directory.erased(events):
        blank_notes(uow.connection, members)


directory.follow_members(handlers, on_kept=take_loans_along)


class Terms(Payload):
    """Of the terms of a loan only what money follows from."""

    interest_method: str = "FLAT"
    rounding: str = "HALF_UP"
    penalty_mode: str = "SHOWN"
    penalty_grace_days: int = 0
    rebates_unearned_interest: bool = False
    base_on: date | None = None


class LoanEvent(Payload):
    loan_id: UUID
    loan_number: str
    member_id: UUID
    created_by: UUID
    principal: Decimal
    currency: str
    status: LoanStatus
    term_count: int
    term_unit: str
    start_on: date
    annual_rate: Decimal
    processing_fee: Decimal
    processing_fee_collected: bool
    penalty_per_day: Decimal
    created_at: Moment
    updated_at: Moment
    loan_type_id: UUID | None = None
    end_on: date | None = None
    disbursed_on: date | None = None
    disbursed_at: Moment | None = None
    closed_at: Moment | None = None
    terms: Terms = field(default_factory=Terms)
    submitted_at: Moment | None = None
    approved_at: Moment | None = None
    approved_by: UUID | None = None
    disbursement_method: str | None = None
    disbursement_reference: str | None = None
    notes: str | None = None
    schedule_version: int = 0
    schedule: list[NewInstalment] | None = None


def keep_schedules(uow: UnitOfWork, events: Sequence[tuple[LoanEvent, Envelope]]) -> None:
    """Past days are answered from the schedules of then: those that are not the newest are kept as well."""
    add_schedules(uow.connection, [schedule for event in events if (schedule := published_schedule(*event))])


def published_schedule(loan: LoanEvent, envelope: Envelope) -> Schedule | None:
    """The schedule that an event of lending brings, if it does."""
    if loan.schedule is None or not loan.schedule_version:
        return None
    lines = [Instalment(line.sequence, line.due_on, line.interest, line.principal) for line in loan.schedule]
    return Schedule(loan.loan_id, loan.schedule_version, _counts_from(loan, envelope), lines)


def _counts_from(loan: LoanEvent, envelope: Envelope) -> date:
    """A disbursement may be recorded later than the money went; all else counts from when it was decided. Of a schedule
    that is published anew it is not said any more: it counts from the disbursement, or from the last change."""
    if envelope.type == RESTATED:
        return loan.disbursed_on or business_date(Day.zone, loan.updated_at)
    if envelope.type == "lending.loan.disbursed.v1" and loan.disbursed_on:
        return loan.disbursed_on
    return business_date(Day.zone, envelope.occurred_at)


@handlers.on_newest(
    "lending.loan.*.v1",
    payload=LoanEvent,
    brings_more=lambda loan: loan.schedule is not None,
    on_all=keep_schedules,
)
def follow_loan(uow: UnitOfWork, loan: LoanEvent, envelope: Envelope) -> None:
    """Facts and schedule have versions of their own, so an event may have a newer one of either alone."""
    facts = loan_facts(loan, is_deleted=envelope.type == "lending.loan.deleted.v1")
    is_newer = keep_loan(uow, loan_id=loan.loan_id, facts=facts, version=envelope.version)
    if loan.schedule is not None:
        schedule = NewSchedule(loan.schedule_version, _counts_from(loan, envelope), loan.schedule)
        # The time is the one that lending shows of its instalments, which an answer of either service shows.
        if envelope.type != RESTATED:
            replace_schedule(uow, loan_id=loan.loan_id, schedule=schedule, at=loan.updated_at)
        elif is_newer:
            take_over_schedule(uow, loan_id=loan.loan_id, schedule=schedule, at=loan.updated_at)


class LoanTypeEvent(Payload):
    id: UUID = field(name="loan_type_id")
    name: str
    min_amount: Decimal
    max_amount: Decimal
    term_unit: str
    min_term: int
    max_term: int
    is_active: bool
    created_at: Moment
    updated_at: Moment
    description: str | None = None


@handlers.on(
    "lending.loan_type.created.v1",
    "lending.loan_type.updated.v1",
    "lending.loan_type.restated.v1",
    payload=LoanTypeEvent,
)
def follow_loan_type(uow: UnitOfWork, loan_type: LoanTypeEvent, envelope: Envelope) -> None:
    """The newest version wins, so order does not matter."""
    keep_newest(uow.connection, loan_types, asdict(loan_type) | {"version": envelope.version})


follow_settings(handlers)
follow_backups(handlers)
follow_restores(handlers)
when_restated(handlers, "lending", remove_loans)


def loan_facts(loan: LoanEvent, *, is_deleted: bool) -> LoanFacts:
    """The facts that an event of lending brings; most have the name of its field."""
    values = asdict(loan) | asdict(loan.terms)
    values |= {
        "lending_status": loan.status.value,
        "daily_penalty": loan.penalty_per_day if loan.terms.penalty_mode == "CHARGED" else ZERO,
        "is_deleted": is_deleted,
    }
    return LoanFacts(**{fact.name: values[fact.name] for fact in fields(LoanFacts)})

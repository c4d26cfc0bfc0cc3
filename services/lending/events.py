"""What lending publishes. Every event of a loan carries its facts, so that a reader needs only the newest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self, TypedDict
from uuid import UUID

from msgspec import UNSET, UnsetType

from services.lending.domain.conditions import PenaltyMode
from services.lending.domain.loan import LoanStatus, PaymentMethod
from services.lending.domain.terms import Amortization, DayCount, InterestMethod, Rounding, TermUnit
from services.lending.models import Instalment, Loan, LoanDocument, LoanType, Reschedule
from shared import audit, restatement
from shared.backup import events as backup
from shared.context import Role
from shared.messaging.events import ADDED, Event, of_service, one_of, values_of
from shared.restore import events as restore

_ONE_OR_MORE = {"minimum": 1}
Count = Annotated[int, _ONE_OR_MORE]
Grace = Annotated[int, {"minimum": 0}]
AnnualRate = Annotated[Decimal, {"pattern": r"^[0-9]+(\.[0-9]+)?$"}, "A fraction per year: 0.24 is 24 %."]


class LoanTerms(TypedDict):
    repay_every: Count
    interest_method: InterestMethod
    amortization: Amortization
    day_count: DayCount
    first_due_on: date | None
    base_on: Annotated[date | None, "The day the schedule counts from, if there is one."]
    principal_grace: Grace
    interest_grace: Grace
    instalment_multiple: Decimal | None
    rounding: Rounding
    penalty_grace_days: Grace
    penalty_mode: PenaltyMode
    rebates_unearned_interest: bool


class ScheduleLine(TypedDict):
    instalment_id: UUID
    sequence: Count
    due_on: date
    principal: Decimal
    interest: Decimal


_VERSION = "Counts the schedules made for the loan; a newer one replaces the one before."
_LINES = {"minItems": 1}
_NO_LINES = {
    "maxItems": 0,
    "description": "Empty: the loan has no schedule any more. One on which a payment was accepted meanwhile stays "
    "until it comes again.",
}


@dataclass(frozen=True)
class LoanEvent(Event):
    """A step in the life of a loan, with the loan after it: ids, amounts, dates and status, no names."""

    loan_id: UUID
    loan_number: Annotated[str, {"pattern": "^LN[0-9]{8,}$"}]
    member_id: UUID
    union_id: UUID
    loan_type_id: UUID | None
    principal: Decimal
    currency: Annotated[str, {"pattern": "^[A-Z]{3}$"}]
    term_count: Count
    term_unit: TermUnit
    start_on: date
    end_on: Annotated[date, "The last due date, provisional before the disbursement."]
    annual_rate: AnnualRate
    interest_total: Decimal
    processing_fee: Decimal
    processing_fee_collected: bool
    penalty_per_day: Decimal
    terms: Annotated[
        LoanTerms,
        ADDED,
        "How interest, schedule and penalties are made. Missing in events from before these could be chosen: flat "
        "interest in equal instalments.",
    ]
    status: LoanStatus
    created_by: UUID
    submitted_at: datetime | None
    approved_at: datetime | None
    approved_by: UUID | None
    disbursed_on: date | None
    disbursed_at: datetime | None
    disbursement_method: Annotated[str | None, values_of(PaymentMethod)]
    disbursement_reference: str | None
    disbursed_amount: Annotated[
        Decimal | None, ADDED, "What was paid out: the principal, net of the fee where the product says so."
    ]
    closed_at: datetime | None
    notes: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, loan: Loan, schedule: Sequence[Instalment] | None = None) -> Self:
        """The event about a loan as it stands now; with its schedule when the step made or confirmed one, with an
        empty one when the step removed it."""
        terms = {name: getattr(loan, name) for name in LoanTerms.__annotations__}
        own: dict[str, Any] = {"loan_id": loan.id, "terms": terms}
        if schedule is not None:
            own |= {"schedule_version": loan.schedule_version, "schedule": schedule_lines(schedule)}
        return cls.about(loan, **own)


@dataclass(frozen=True)
class LoanEventWithSchedule(LoanEvent):
    """A step that makes a schedule."""

    schedule_version: Annotated[Count, _VERSION]
    schedule: Annotated[list[ScheduleLine], _LINES]


@dataclass(frozen=True)
class LoanEventMaybeWithSchedule(LoanEvent):
    """A step that may make a schedule."""

    schedule_version: Annotated[int | UnsetType, _ONE_OR_MORE, _VERSION] = UNSET
    schedule: Annotated[list[ScheduleLine] | UnsetType, _LINES] = UNSET


def schedule_lines(schedule: Sequence[Instalment]) -> list[ScheduleLine]:
    """The lines of a schedule as they are published."""
    return [
        {
            "instalment_id": instalment.id,
            "sequence": instalment.sequence,
            "due_on": instalment.due_on,
            "principal": instalment.principal,
            "interest": instalment.interest,
        }
        for instalment in schedule
    ]


class LoanCreated(LoanEvent):
    """Somebody drafted a loan."""

    type = "lending.loan.created.v1"


class LoanSubmitted(LoanEvent):
    """The draft waits for approval; from here on it keeps the member from another loan."""

    type = "lending.loan.submitted.v1"


class LoanApproved(LoanEventMaybeWithSchedule):
    """The loan may be disbursed; with a provisional schedule when payments are accepted at once."""

    type = "lending.loan.approved.v1"


class LoanRejected(LoanEvent):
    """The application was turned down."""

    type = "lending.loan.rejected.v1"


class LoanCanceled(LoanEvent):
    """An approved loan will not be disbursed."""

    type = "lending.loan.canceled.v1"


class LoanDisbursed(LoanEventWithSchedule):
    """The money went to the member; the schedule counts."""

    type = "lending.loan.disbursed.v1"


class LoanCompleted(LoanEvent):
    """Nothing is owed any more."""

    type = "lending.loan.completed.v1"


class LoanDefaulted(LoanEvent):
    """Somebody decided that the member does not pay."""

    type = "lending.loan.defaulted.v1"


class LoanWrittenOff(LoanEvent):
    """The loan was taken out of the portfolio though still owed."""

    type = "lending.loan.written_off.v1"


class LoanReactivated(LoanEvent):
    """A defaulted loan is served again, or a completed one is owed again."""

    type = "lending.loan.reactivated.v1"


class LoanUpdated(LoanEventMaybeWithSchedule):
    """What was agreed on was changed, or its schedule was made anew; it comes with the schedule then."""

    type = "lending.loan.updated.v1"


class LoanRescheduled(LoanEventWithSchedule):
    """What falls due from a day on is repaid by other terms; lines that stay keep their ids."""

    type = "lending.loan.rescheduled.v1"


@dataclass(frozen=True)
class LoanApprovalUndone(LoanEvent):
    """An approved loan is before those who approve again; a provisional schedule is gone."""

    type = "lending.loan.approval_undone.v1"
    schedule_version: Annotated[int | UnsetType, _ONE_OR_MORE, _VERSION] = UNSET
    schedule: Annotated[list[Any] | UnsetType, _NO_LINES] = UNSET


@dataclass(frozen=True)
class LoanDisbursementUndone(LoanEvent):
    """An active loan is approved again; its schedule is gone."""

    type = "lending.loan.disbursement_undone.v1"
    schedule_version: Annotated[Count, _VERSION]
    schedule: Annotated[list[Any], _NO_LINES]


@dataclass(frozen=True)
class LoanRestated(LoanEvent):
    """A loan as it is, with its schedule, which is empty where it has none; nothing changed, it is published again."""

    type = "lending.loan.restated.v1"

    former_version: restatement.FormerVersion
    schedule_version: Annotated[int, {"minimum": 0}, "The newest schedule made for it; 0 while none was."]
    schedule: list[ScheduleLine]

    @classmethod
    def anew(cls, loan: Loan, schedule: Sequence[Instalment], former_version: int) -> Self:
        """The event about a loan as it stands now."""
        terms = {name: getattr(loan, name) for name in LoanTerms.__annotations__}
        lines = schedule_lines(schedule)
        return cls.about(loan, loan_id=loan.id, terms=terms, schedule=lines, former_version=former_version)


class LoanDeleted(LoanEvent):
    """A loan on which nothing was paid was taken away."""

    type = "lending.loan.deleted.v1"


@dataclass(frozen=True)
class RescheduleEvent(Event):
    """A proposal to repay a loan by other terms; its aggregate is the loan, whose other facts stay as they are."""

    reschedule_id: UUID
    loan_id: UUID
    union_id: UUID
    from_on: Annotated[date, "What falls due from this day on is to be spread anew."]
    term_count: Count
    term_unit: TermUnit

    @classmethod
    def of(cls, proposal: Reschedule, loan: Loan) -> Self:
        """The event about a proposal for a loan as they stand now."""
        terms = {name: getattr(proposal, name) for name in ("from_on", "term_count", "term_unit")}
        return cls.about(loan, reschedule_id=proposal.id, loan_id=loan.id, **terms)


class RescheduleProposed(RescheduleEvent):
    """Other terms wait for a decision. Once approved, they are those of `lending.loan.rescheduled.v1`."""

    type = "lending.reschedule.proposed.v1"


class RescheduleRejected(RescheduleEvent):
    """Other terms were turned down."""

    type = "lending.reschedule.rejected.v1"


@dataclass(frozen=True)
class LoanTypeEvent(Event):
    """A change of a loan type, with the loan type after it."""

    loan_type_id: UUID
    name: Annotated[str, {"minLength": 3}]
    description: str | None
    min_amount: Decimal
    max_amount: Decimal
    term_unit: TermUnit
    min_term: Count
    max_term: Count
    annual_rate: Annotated[AnnualRate, ADDED]
    is_active: bool
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, loan_type: LoanType, **more: Any) -> Self:
        """The event about a loan type as it stands now."""
        return cls.about(loan_type, loan_type_id=loan_type.id, **more)


class LoanTypeCreated(LoanTypeEvent):
    """There is a new product."""

    type = "lending.loan_type.created.v1"


class LoanTypeUpdated(LoanTypeEvent):
    """A product changed, its being offered included; loans made from it do not."""

    type = "lending.loan_type.updated.v1"


@dataclass(frozen=True)
class LoanTypeRestated(LoanTypeEvent):
    """A product as it is; nothing changed, it is published again."""

    type = "lending.loan_type.restated.v1"

    former_version: restatement.FormerVersion


class LoanTypeDeleted(LoanTypeEvent):
    """A product is not offered any more and left the lists."""

    type = "lending.loan_type.deleted.v1"


@dataclass(frozen=True)
class DocumentEvent(Event):
    """A document of a loan: where it belongs, and which type is in use because of it."""

    document_id: UUID
    loan_id: UUID
    document_type_id: UUID

    @classmethod
    def of(cls, document: LoanDocument, **more: Any) -> Self:
        """The event about a document as it stands now."""
        return cls.about(document, document_id=document.id, **more)


class DocumentUploaded(DocumentEvent):
    """A document was added to a loan, or to one of its guarantors."""

    type = "lending.document.uploaded.v1"


@dataclass(frozen=True)
class DocumentRestated(DocumentEvent):
    """A document of a loan as it is; nothing changed, it is published again."""

    type = "lending.document.restated.v1"

    former_version: restatement.FormerVersion


class DocumentDeleted(DocumentEvent):
    """A document of a loan was taken away."""

    type = "lending.document.deleted.v1"


@dataclass(frozen=True)
class AuditRecorded(audit.Recorded):
    """Somebody changed something here."""

    type = "lending.audit.recorded.v1"

    actor_role: Annotated[str | None, values_of(Role)]
    action: Annotated[
        str,
        one_of(
            "LOAN_CREATED", "LOAN_SUBMITTED", "LOAN_APPROVED", "LOAN_REJECTED", "LOAN_CANCELED", "LOAN_DISBURSED",
            "LOAN_COMPLETED", "LOAN_DEFAULTED", "LOAN_WRITTEN_OFF", "LOAN_REACTIVATED", "LOAN_APPROVAL_UNDONE",
            "LOAN_DISBURSEMENT_UNDONE", "LOAN_UPDATED", "LOAN_DELETED", "LOAN_RESCHEDULE_PROPOSED", "LOAN_RESCHEDULED",
            "LOAN_RESCHEDULE_REJECTED", "SCHEDULE_REGENERATED", "MISSING_SCHEDULES_GENERATED", "LOAN_TYPE_CREATED",
            "LOAN_TYPE_UPDATED", "LOAN_TYPE_DELETED", "LOAN_TYPE_STATUS_TOGGLED", "LOAN_DOCUMENT_UPLOADED",
            "GUARANTOR_DOCUMENT_UPLOADED", "LOANS_EXPORTED", *audit.ACTIONS_ON_JOBS,
            *audit.ACTIONS_ON_DOCUMENTS, *audit.ACTIONS_ON_EVENTS,
        ),
    ]  # fmt: skip
    entity_name: Annotated[
        str, one_of("Loan", "LoanType", "LoanDocument", audit.DOCUMENT, audit.JOB, *audit.ENTITIES_OF_EVENTS)
    ]
    before: Annotated[dict[str, Any] | None, "The thing before the change, in the words of the wire."]
    after: dict[str, Any] | None
    metadata: Annotated[dict[str, Any], "How it was asked for; `from` and `to` for a step of a loan."]


AS_OTHERS = tuple(
    of_service(event, "lending") for event in (*backup.OF_PARTS, *restore.OF_STEPS, *restatement.OF_OWNERS)
)
"""What this service publishes as others do."""

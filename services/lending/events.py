"""What lending tells the others. Every loan event carries the loan's facts, so that a reader needs only the newest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from services.lending.models import Instalment, Loan, LoanDocument, LoanType
from shared.messaging.events import Event, plain


def loan_facts(loan: Loan) -> dict[str, Any]:
    """The loan as others know it: ids, amounts, dates and status; no name and no phone number."""
    return {
        "loan_id": loan.id,
        "loan_number": loan.loan_number,
        "member_id": loan.member_id,
        "union_id": loan.union_id,
        "loan_type_id": loan.loan_type_id,
        "principal": loan.principal,
        "currency": loan.currency,
        "term_count": loan.term_count,
        "term_unit": loan.term_unit.value,
        "start_on": loan.start_on,
        "end_on": loan.end_on,
        "annual_rate": loan.annual_rate,
        "interest_total": loan.interest_total,
        "processing_fee": loan.processing_fee,
        "processing_fee_collected": loan.processing_fee_collected,
        "penalty_per_day": loan.penalty_per_day,
        "terms": _terms(loan),
        "status": loan.status.value,
        "created_by": loan.created_by,
        "submitted_at": loan.submitted_at,
        "approved_at": loan.approved_at,
        "approved_by": loan.approved_by,
        "disbursed_on": loan.disbursed_on,
        "disbursed_at": loan.disbursed_at,
        "disbursement_method": loan.disbursement_method,
        "disbursement_reference": loan.disbursement_reference,
        "disbursed_amount": loan.disbursed_amount,
        "closed_at": loan.closed_at,
        "notes": loan.notes,
        "created_at": loan.created_at,
        "updated_at": loan.updated_at,
    }


def _terms(loan: Loan) -> dict[str, Any]:
    return {
        "repay_every": loan.repay_every,
        "interest_method": loan.interest_method.value,
        "amortization": loan.amortization.value,
        "day_count": loan.day_count.value,
        "first_due_on": loan.first_due_on,
        "base_on": loan.base_on,
        "principal_grace": loan.principal_grace,
        "interest_grace": loan.interest_grace,
        "instalment_multiple": loan.instalment_multiple,
        "rounding": loan.rounding.value,
        "penalty_grace_days": loan.penalty_grace_days,
        "penalty_mode": loan.penalty_mode.value,
        "rebates_unearned_interest": loan.rebates_unearned_interest,
    }


@dataclass(frozen=True)
class LoanEvent(Event):
    """A step in the life of a loan, told by the loan's facts after it, ready for JSON."""

    facts: dict[str, Any]

    def data(self) -> dict[str, Any]:
        """The facts."""
        return self.facts

    @classmethod
    def of(cls, loan: Loan, schedule: Sequence[Instalment] | None = None) -> Self:
        """The event about a loan as it stands now; with its schedule when the step made or confirmed one, with an
        empty one when the step removed it."""
        facts = loan_facts(loan)
        if schedule is not None:
            facts["schedule_version"] = loan.schedule_version
            facts["schedule"] = schedule_told(schedule)
        return cls(aggregate_id=loan.id, version=loan.version, facts=plain(facts))


def schedule_told(schedule: Sequence[Instalment]) -> list[dict[str, Any]]:
    """The lines of a schedule as others know them."""
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


class LoanApproved(LoanEvent):
    """The loan may be disbursed; with a provisional schedule when payments are accepted at once."""

    type = "lending.loan.approved.v1"


class LoanRejected(LoanEvent):
    """The application was turned down."""

    type = "lending.loan.rejected.v1"


class LoanCanceled(LoanEvent):
    """An approved loan will not be disbursed."""

    type = "lending.loan.canceled.v1"


class LoanDisbursed(LoanEvent):
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


class LoanUpdated(LoanEvent):
    """What was agreed on was changed, or its schedule was made anew."""

    type = "lending.loan.updated.v1"


class LoanRescheduled(LoanEvent):
    """What falls due from a day on is repaid by other terms."""

    type = "lending.loan.rescheduled.v1"


class LoanApprovalUndone(LoanEvent):
    """An approved loan is before those who approve again; a provisional schedule is gone."""

    type = "lending.loan.approval_undone.v1"


class LoanDisbursementUndone(LoanEvent):
    """An active loan is approved again; its schedule is gone."""

    type = "lending.loan.disbursement_undone.v1"


class LoanDeleted(LoanEvent):
    """A loan on which nothing was paid was taken away."""

    type = "lending.loan.deleted.v1"


@dataclass(frozen=True)
class LoanTypeEvent(Event):
    """A change of a loan type, told by its facts after it, ready for JSON."""

    facts: dict[str, Any]

    def data(self) -> dict[str, Any]:
        """The facts."""
        return self.facts

    @classmethod
    def of(cls, loan_type: LoanType) -> Self:
        """The event about a loan type as it stands now."""
        facts = {
            "loan_type_id": loan_type.id,
            "name": loan_type.name,
            "description": loan_type.description,
            "min_amount": loan_type.min_amount,
            "max_amount": loan_type.max_amount,
            "term_unit": loan_type.term_unit.value,
            "min_term": loan_type.min_term,
            "max_term": loan_type.max_term,
            "annual_rate": loan_type.annual_rate,
            "is_active": loan_type.is_active,
            "created_at": loan_type.created_at,
            "updated_at": loan_type.updated_at,
        }
        return cls(aggregate_id=loan_type.id, version=loan_type.version, facts=plain(facts))


class LoanTypeCreated(LoanTypeEvent):
    """There is a new product."""

    type = "lending.loan_type.created.v1"


class LoanTypeUpdated(LoanTypeEvent):
    """A product changed, its being offered included."""

    type = "lending.loan_type.updated.v1"


class LoanTypeDeleted(LoanTypeEvent):
    """A product is not offered any more and left the lists."""

    type = "lending.loan_type.deleted.v1"


@dataclass(frozen=True)
class DocumentFacts(Event):
    """A document of a loan: where it belongs, and which type is in use because of it."""

    document_id: UUID
    loan_id: UUID
    document_type_id: UUID

    @classmethod
    def of(cls, document: LoanDocument) -> Self:
        """The event about a document as it stands now."""
        return cls(
            aggregate_id=document.id,
            version=document.version,
            document_id=document.id,
            loan_id=document.loan_id,
            document_type_id=document.document_type_id,
        )


@dataclass(frozen=True)
class DocumentUploaded(DocumentFacts):
    """A document was added to a loan, or to one of its guarantors."""

    type = "lending.document.uploaded.v1"


@dataclass(frozen=True)
class DocumentDeleted(DocumentFacts):
    """A document of a loan was taken away."""

    type = "lending.document.deleted.v1"

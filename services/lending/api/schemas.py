"""What clients send: bodies and query strings in the words of the wire, loaded into ours."""

from enum import StrEnum
from typing import Any

from marshmallow import fields, post_load, pre_load
from marshmallow.validate import Length, Range

from services.lending.domain.loan import LoanStatus
from services.lending.domain.terms import LONGEST_TERM, TermUnit
from shared.fields import BodySchema, Day, Instant, Money, StrictInteger, Text

MAX_NOTES = 2000


class DisbursementMethod(StrEnum):
    """How the money was handed over."""

    CASH = "CASH"
    TRANSFER = "TRANSFER"
    POS = "POS"
    MOBILE = "MOBILE"
    USSD = "USSD"
    OTHER = "OTHER"


class SparseBody(BodySchema):
    """A body in which null and `""`, which forms send for what was left empty, say as much as nothing."""

    @pre_load
    def _forget_blanks(self, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in body.items() if value is not None and value != ""}


class LoanTypeBody(SparseBody):
    """A new loan type."""

    name = Text(max=120, required=True, validate=Length(min=3))
    description = Text(max=MAX_NOTES)
    min_amount = Money(required=True, data_key="minAmount")
    max_amount = Money(required=True, data_key="maxAmount")
    term_unit = fields.Enum(TermUnit, required=True, data_key="termUnit")
    min_term = StrictInteger(required=True, data_key="minTerm")
    max_term = StrictInteger(required=True, data_key="maxTerm")


class LoanTypeFilters(BodySchema):
    """What narrows the list of loan types."""

    is_active = fields.Boolean(data_key="isActive")
    search = Text(max=100, blank_is_none=True, metadata={"description": "Words of name or description."})


class ApplicationBody(SparseBody):
    """An application for a loan. `interestRate` is a percentage per year."""

    member_id = fields.UUID(required=True, data_key="unionMemberId")
    principal = Money(required=True, positive=True, data_key="principalAmount")
    term_count = StrictInteger(required=True, data_key="termCount", validate=Range(min=1, max=LONGEST_TERM))
    term_unit = fields.Enum(TermUnit, required=True, data_key="termUnit")
    loan_type_id = fields.UUID(data_key="loanTypeId")
    start_on = Day(data_key="startDate")
    processing_fee = Money(data_key="processingFeeAmount")
    penalty_per_day = Money(data_key="penaltyFeePerDayAmount")
    annual_rate = Money(data_key="interestRate", validate=Range(max=100))
    officer_id = fields.UUID(data_key="assignedOfficerId")
    notes = Text(max=MAX_NOTES)
    submit = fields.Boolean()

    @post_load
    def _rate_as_fraction(self, application: dict[str, Any], **_: Any) -> dict[str, Any]:
        if "annual_rate" in application:
            application["annual_rate"] /= 100
        return application


class LoanFilters(BodySchema):
    """What narrows the list of loans. The days of creation are both included."""

    status = fields.String(
        metadata={"description": "A status, or OVERDUE: running, with an unpaid instalment past due."}
    )
    union_id = fields.UUID(data_key="unionId")
    member_id = fields.UUID(data_key="unionMemberId")
    officer_id = fields.UUID(data_key="assignedOfficerId")
    loan_type_id = fields.UUID(data_key="loanTypeId")
    date_from = Day(data_key="dateFrom")
    date_to = Day(data_key="dateTo")
    min_amount = Money(data_key="minAmount")
    max_amount = Money(data_key="maxAmount")
    search = Text(
        max=100,
        blank_is_none=True,
        metadata={"description": "Loan number, names or code of the member, name of the union."},
    )


class NotesBody(SparseBody):
    """A step with a remark."""

    notes = Text(max=MAX_NOTES)


class RejectionBody(SparseBody):
    """A rejection with its reason."""

    notes = Text(max=MAX_NOTES, required=True)


class StatusBody(NotesBody):
    """The status a loan is to have. The web client's REJECTED is a CANCELED."""

    target = fields.Enum(LoanStatus, required=True, data_key="status")

    @pre_load
    def _read_rejected(self, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        return body | {"status": LoanStatus.CANCELED.value} if body.get("status") == "REJECTED" else body


class DisbursementBody(NotesBody):
    """When and how the money went to the member; now, unless it says otherwise."""

    disbursed_at = Instant(data_key="disbursedAt")
    method = fields.Enum(DisbursementMethod)
    reference = Text(max=120)

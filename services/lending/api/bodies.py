"""What clients send: bodies and query strings in the words of the wire, loaded into ours."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar, cast

from marshmallow import fields, post_load, pre_load
from marshmallow.validate import Length, OneOf, Range

from services.lending.domain.conditions import INTEREST, OVERRIDABLE, PenaltyMode
from services.lending.domain.loan import LoanStatus, PaymentMethod
from services.lending.domain.terms import LONGEST_TERM, Amortization, DayCount, InterestMethod, Rounding, TermUnit
from services.lending.queries.loan_list import Filters, LoanOrder
from services.lending.shapes.conditions import CONDITION_NAMES
from shared.documents.bodies import DocumentForm
from shared.fields import (
    BodySchema,
    Day,
    Flag,
    IdFilter,
    Instant,
    Money,
    MultilineText,
    StrictInteger,
    Text,
    names_on_the_wire,
    start_of_day,
)
from shared.web.format_query import FormatQuery

MAX_NOTES = 2000
_SIX_PLACES = Decimal("0.000001")


class Percent(Money):
    """A percentage with two decimals, at most `most`; loads to the fraction it is, with the places of its column."""

    shape = "percent"
    default_error_messages = {"too_high": "Must be at most {most}."}

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most
        number, _ = self.metadata["anyOf"]
        number["maximum"] = most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        percentage = super()._deserialize(value, attr, data, **kwargs)
        if percentage > self.most:
            raise self.make_error("too_high", most=self.most)
        return (percentage / 100).quantize(_SIX_PLACES)


class SparseBody(BodySchema):
    """A body in which null and `""`, which forms send for what was left empty, say as much as nothing.

    Null takes away what is `clearable`.
    """

    clearable: ClassVar[frozenset[str]] = frozenset()

    @pre_load
    def _forget_blanks(self, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {
            name: value for name, value in body.items() if value != "" and (value is not None or name in self.clearable)
        }


class InterestBody(SparseBody):
    """How interest and schedule are made. `interestRate` is a percentage per year."""

    annual_rate = Percent(most=200, data_key="interestRate")
    interest_method = fields.Enum(InterestMethod, data_key="interestMethod")
    amortization = fields.Enum(Amortization)
    day_count = fields.Enum(DayCount, data_key="dayCount")
    repay_every = StrictInteger(data_key="repayEvery", validate=Range(min=1))
    principal_grace = StrictInteger(data_key="principalGrace", validate=Range(min=0))
    interest_grace = StrictInteger(data_key="interestGrace", validate=Range(min=0))
    instalment_multiple = Money(data_key="instalmentMultiple", positive=True, allow_none=True)
    rounding = fields.Enum(Rounding)


class ConditionsBody(InterestBody):
    """What a product or a loan says beside amount and term. The fee is an amount, a percentage of the principal, or
    both."""

    processing_fee = Money(data_key="processingFeeAmount")
    processing_fee_rate = Percent(most=100, data_key="processingFeePercent")
    penalty_per_day = Money(data_key="penaltyFeePerDayAmount")
    penalty_grace_days = StrictInteger(data_key="penaltyGraceDays", validate=Range(min=0, max=LONGEST_TERM))
    penalty_mode = fields.Enum(PenaltyMode, data_key="penaltyMode")
    deducts_fee = Flag(data_key="deductFeeFromDisbursement")
    rebates_unearned_interest = Flag(data_key="rebateUnearnedInterest")


class LoanTypeBody(ConditionsBody):
    """A new loan type. `allowedOverrides` names the fields of its conditions that a loan may set for itself."""

    name = Text(max=120, required=True, validate=Length(min=3))
    description = MultilineText(max=MAX_NOTES)
    min_amount = Money(required=True, data_key="minAmount")
    max_amount = Money(required=True, data_key="maxAmount")
    term_unit = fields.Enum(TermUnit, required=True, data_key="termUnit")
    min_term = StrictInteger(required=True, data_key="minTerm")
    max_term = StrictInteger(required=True, data_key="maxTerm")
    allowed_overrides = fields.List(
        fields.String(validate=OneOf(list(CONDITION_NAMES.values()))), data_key="allowedOverrides"
    )


class LoanTypeChangeBody(LoanTypeBody):
    """What changes of a loan type."""

    clearable = frozenset({"description", "instalmentMultiple"})

    name = Text(max=120, validate=Length(min=3))
    description = MultilineText(max=MAX_NOTES, allow_none=True)
    min_amount = Money(data_key="minAmount")
    max_amount = Money(data_key="maxAmount")
    term_unit = fields.Enum(TermUnit, data_key="termUnit")
    min_term = StrictInteger(data_key="minTerm")
    max_term = StrictInteger(data_key="maxTerm")
    is_active = Flag(data_key="isActive")


class LoanTypeFilters(BodySchema):
    """What narrows the list of loan types."""

    is_active = Flag(data_key="isActive")
    search = Text(max=100, blank_is_none=True, metadata={"description": "Words of name or description."})


class WishesBody(ConditionsBody):
    """Conditions a loan asks for, gathered as its `wishes`."""

    first_due_on = Day(data_key="firstDueDate", allow_none=True)

    @post_load
    def _gather_wishes(self, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        wishes = {name: body.pop(name) for name in OVERRIDABLE if name in body}
        return body | {"wishes": wishes}


class RequestBody(WishesBody):
    """How much for how long, and on what conditions, as far as the loan type leaves them open."""

    principal = Money(required=True, positive=True, data_key="principalAmount")
    term_count = StrictInteger(required=True, data_key="termCount", validate=Range(min=1, max=LONGEST_TERM))
    term_unit = fields.Enum(TermUnit, required=True, data_key="termUnit")
    loan_type_id = fields.UUID(data_key="loanTypeId")
    start_on = Day(data_key="startDate")


class ApplicationBody(RequestBody):
    """An application for a loan."""

    # Above this rate a loan needs a loan type that says so.
    annual_rate = Percent(most=100, data_key="interestRate")
    member_id = fields.UUID(required=True, data_key="unionMemberId")
    officer_id = fields.UUID(data_key="assignedOfficerId")
    notes = MultilineText(max=MAX_NOTES)
    submit = Flag()


class LoanChangeBody(WishesBody):
    """What changes of a loan. With `expectedUpdatedAt` only if nobody changed it since."""

    clearable = frozenset({"firstDueDate", "instalmentMultiple"})

    annual_rate = Percent(most=100, data_key="interestRate")
    principal = Money(positive=True, data_key="principalAmount")
    term_count = StrictInteger(data_key="termCount", validate=Range(min=1, max=LONGEST_TERM))
    term_unit = fields.Enum(TermUnit, data_key="termUnit")
    loan_type_id = fields.UUID(data_key="loanTypeId")
    start_on = Day(data_key="startDate")
    notes = MultilineText(max=MAX_NOTES)
    expected_updated_at = Instant(data_key="expectedUpdatedAt")


class LoanFilters(BodySchema):
    """What narrows the list of loans. The days of creation are both included."""

    status = fields.String(
        metadata={"description": "A status, or OVERDUE: running, with an unpaid instalment past due."}
    )
    union_id = IdFilter(data_key="unionId")
    member_id = IdFilter(data_key="unionMemberId")
    officer_id = IdFilter(data_key="assignedOfficerId")
    loan_type_id = IdFilter(data_key="loanTypeId")
    date_from = Day(data_key="dateFrom")
    date_to = Day(data_key="dateTo")
    min_amount = Money(data_key="minAmount")
    max_amount = Money(data_key="maxAmount")
    search = Text(
        max=100,
        blank_is_none=True,
        metadata={"description": "Loan number, names or code of the member, name of the union."},
    )


class LoanQuery(LoanFilters):
    """What narrows the list of loans, and which of them come first."""

    order = fields.Enum(
        LoanOrder,
        by_value=True,
        load_default=LoanOrder.NEWEST,
        metadata={"description": "Which come first, by when they were applied for."},
    )


# What the web client calls these statuses.
_SYNONYMS = {"REJECTED": LoanStatus.CANCELED, "PENDING": LoanStatus.PENDING_APPROVAL}


def filters_of(query: dict[str, Any], today: date) -> Filters:
    """The filters of the list from those of a request: days are days of the company, and a status that does not exist
    finds nothing."""
    values = {name: value for name, value in query.items() if value is not None}
    date_from, date_to, status = (values.pop(name, None) for name in ("date_from", "date_to", "status"))
    filters = cast(Filters, values)
    if date_from:
        filters["created_from"] = start_of_day(date_from)
    if date_to:
        filters["created_before"] = start_of_day(date_to + timedelta(days=1))
    if status == "OVERDUE":
        filters["overdue_on"] = today
    elif status is not None:
        existing = _SYNONYMS.get(status) or (LoanStatus(status) if status in LoanStatus.__members__ else None)
        filters |= Filters(status=existing) if existing else Filters(nothing=True)
    return filters


class LoanExportQuery(LoanFilters, FormatQuery):
    """Which loans, and as what."""


class NotesBody(SparseBody):
    """A step with a remark."""

    notes = MultilineText(max=MAX_NOTES)


class ApprovalBody(NotesBody):
    """An approval; for less than was asked for with a lower amount and the reason as notes."""

    principal = Money(positive=True, data_key="principalAmount")


class DeletionBody(SparseBody):
    """Why a loan is taken away."""

    reason = MultilineText(max=MAX_NOTES)


class AssignmentBody(SparseBody):
    """The officer who is to be responsible for a loan."""

    officer_id = fields.UUID(required=True, data_key="assignedOfficerId")
    reason = MultilineText(max=MAX_NOTES)


class RescheduleBody(InterestBody):
    """A proposal: the principal due from a day on is spread over so many instalments. What it leaves open stays as it
    is with the loan; grace and the first due date are none unless it names them."""

    from_on = Day(required=True, data_key="fromDate")
    term_count = StrictInteger(required=True, data_key="termCount", validate=Range(min=1, max=LONGEST_TERM))
    term_unit = fields.Enum(TermUnit, data_key="termUnit")
    first_due_on = Day(data_key="firstDueDate")
    reason = MultilineText(max=MAX_NOTES)

    @post_load
    def _gather_wishes(self, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        wishes = {name: body.pop(name) for name in INTEREST if name in body}
        return body | {"wishes": wishes}


class RejectionBody(SparseBody):
    """A rejection with its reason."""

    notes = MultilineText(max=MAX_NOTES, required=True)


class StatusBody(NotesBody):
    """The status a loan is to have. The web client's REJECTED is a CANCELED."""

    target = fields.Enum(LoanStatus, required=True, data_key="status")

    @pre_load
    def _read_rejected(self, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        return body | {"status": LoanStatus.CANCELED.value} if body.get("status") == "REJECTED" else body


class DisbursementBody(NotesBody):
    """When and how the money went to the member; now, unless it says otherwise."""

    disbursed_at = Instant(data_key="disbursedAt")
    method = fields.Enum(PaymentMethod)
    reference = Text(max=120)


# What clients call the fields that errors name.
FIELD_NAMES = names_on_the_wire(LoanTypeBody, ApplicationBody, RescheduleBody, DisbursementBody, DocumentForm)

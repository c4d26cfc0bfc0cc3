"""What requests carry: bodies and filters. With `answers.py` and `wire.py` the only place that speaks camelCase."""

from typing import Any

from marshmallow import fields, post_load, validate

from services.payments.domain.facts import ChargeKind
from shared.fields import BodySchema, Day, IdFilter, Instant, Money, MultilineText, Text

CHARGEABLE = (ChargeKind.FEE, ChargeKind.PENALTY)
METHODS = ("CASH", "TRANSFER", "POS", "MOBILE", "USSD", "OTHER")


class NewRepaymentBody(BodySchema):
    """A payment of a member. `scheduleItemId` says what it is meant for; the oldest instalment is paid first anyway."""

    loan_id = fields.UUID(data_key="loanId", required=True)
    amount = Money(positive=True, required=True)
    method = fields.String(required=True, validate=validate.OneOf(METHODS))
    paid_at = Instant(data_key="paidAt", allow_none=True)
    reference = Text(max=120, blank_is_none=True)
    notes = MultilineText(max=2000, blank_is_none=True)
    meant_for_instalment_id = fields.UUID(data_key="scheduleItemId", allow_none=True)


class ReversalBody(BodySchema):
    """Why a repayment is taken back."""

    reason = MultilineText(max=500, required=True)


class NewChargeBody(BodySchema):
    """A fee or a penalty, due today unless a day is given."""

    kind = fields.Enum(ChargeKind, by_value=True, required=True, validate=validate.OneOf(CHARGEABLE))
    amount = Money(positive=True, required=True)
    due_on = Day(data_key="dueOn", allow_none=True)
    note = MultilineText(max=500, blank_is_none=True)


class WaiverBody(BodySchema):
    """Why a charge is given up."""

    reason = MultilineText(max=500, required=True)


class Filters(BodySchema):
    """A filter without a value is none."""

    @post_load
    def _only_given(self, filters: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: wanted for name, wanted in filters.items() if wanted is not None}


class SummaryFilters(Filters):
    """What narrows a summary of repayments; `dateFrom` and `dateTo` are days of payment, both included."""

    loan_id = IdFilter(data_key="loanId")
    date_from = Day(data_key="dateFrom")
    date_to = Day(data_key="dateTo")


class RepaymentFilters(SummaryFilters):
    """What narrows a list of repayments. `search`: loan number, member, or the beginning of the reference."""

    received_by = IdFilter(data_key="receivedByUserId")
    union_id = IdFilter(data_key="unionId")
    method = Text(max=20, blank_is_none=True)
    search = Text(max=100, blank_is_none=True)


class SettlementFilters(Filters):
    """The day to settle a loan on, today unless it is given."""

    on = Day()


class ScheduleFilters(Filters):
    """What narrows a list of instalments; `dateFrom` and `dateTo` are due days, both included.

    `status` is PENDING, PARTIAL, OVERDUE, PAID, or UNDER_REPAYMENT for all that is not paid.
    """

    loan_id = IdFilter(data_key="loanId")
    union_id = IdFilter(data_key="unionId")
    officer_id = IdFilter(data_key="assignedOfficerId")
    status = Text(max=20, blank_is_none=True)
    date_from = Day(data_key="dateFrom")
    date_to = Day(data_key="dateTo")
    search = Text(max=100, blank_is_none=True)

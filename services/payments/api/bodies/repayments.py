"""What requests about repayments carry. Only bodies and shapes speak camelCase."""

from marshmallow import fields, validate

from services.payments.api.bodies.filters import Filters
from services.payments.domain.methods import METHODS
from shared.fields import BodySchema, Day, IdFilter, Instant, Money, MultilineText, Text


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

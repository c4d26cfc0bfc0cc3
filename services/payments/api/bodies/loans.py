"""What requests about the charges and the settlement of a loan carry. Only bodies and shapes speak camelCase."""

from marshmallow import fields, validate

from services.payments.api.bodies.filters import Filters
from services.payments.domain.facts import ChargeKind
from shared.fields import BodySchema, Day, Money, MultilineText

CHARGEABLE = (ChargeKind.FEE, ChargeKind.PENALTY)


class NewChargeBody(BodySchema):
    """A fee or a penalty, due today unless a day is given."""

    kind = fields.Enum(ChargeKind, by_value=True, required=True, validate=validate.OneOf(CHARGEABLE))
    amount = Money(positive=True, required=True)
    due_on = Day(data_key="dueOn", allow_none=True)
    note = MultilineText(max=500, blank_is_none=True)


class WaiverBody(BodySchema):
    """Why a charge is given up."""

    reason = MultilineText(max=500, required=True)


class SettlementFilters(Filters):
    """The day to settle a loan on, today unless it is given."""

    on = Day()

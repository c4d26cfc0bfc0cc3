"""A loan that is only tried out: what it would be repaid by, and everything it would cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.lending.domain.conditions import Conditions
from services.lending.domain.effective_cost import EffectiveCost, effective_cost
from services.lending.domain.schedule import Instalment, make_schedule
from services.lending.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class Preview:
    """Terms with the schedule, the whole fee and the cost that follow from them; `paid_out` is what the member would be
    handed."""

    terms: Terms
    conditions: Conditions
    start_on: date
    lines: Sequence[Instalment]
    fee: Decimal
    paid_out: Decimal
    cost: EffectiveCost


def preview(terms: Terms, conditions: Conditions, start_on: date) -> Preview:
    """What comes of these terms and conditions from a day on. Raises InvalidTerms."""
    lines = make_schedule(terms, start_on)
    fee = conditions.fee_on(terms.principal)
    return Preview(
        terms=terms,
        conditions=conditions,
        start_on=start_on,
        lines=lines,
        fee=fee,
        paid_out=conditions.charges.paid_out(terms.principal, fee),
        cost=effective_cost(terms, start_on, lines, fee),
    )

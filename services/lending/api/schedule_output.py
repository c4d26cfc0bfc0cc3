"""From schedules that are planned, proposed or past to the wire; a test holds each shape against its schema."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from services.lending.domain.effective_cost import EffectiveCost
from services.lending.domain.proof import Proof
from services.lending.domain.schedule import Instalment
from services.lending.usecases.schedules import Preview
from services.lending.wire import reschedule_scalars, terms_scalars
from shared.money import ZERO
from shared.wire import day, money, number, timestamp

Wire = dict[str, Any]

COST_METHOD = (
    "Nominal annual percentage: the rate per period that makes all instalments worth what the member has left after "
    "the fee (internal rate of return), times the periods of a year"
)


def preview(planned: Preview) -> Wire:
    """SchedulePreview."""
    interest = planned.cost.total_interest
    return {
        "terms": terms_scalars(planned.terms, planned.conditions)
        | {
            "startDate": day(planned.start_on),
            "endDate": day(planned.lines[-1].due_on),
            "processingFeeAmount": money(planned.fee),
        },
        "schedule": [planned_line(line) for line in planned.lines],
        "totals": {
            "principalAmount": number(planned.terms.principal),
            "totalInterest": number(interest),
            "totalExpected": number(planned.terms.principal + interest),
            "processingFeeAmount": number(planned.fee),
            "disbursedAmount": number(planned.paid_out),
        },
        "effectiveCost": _cost(planned.cost),
    }


def planned_line(line: Instalment) -> Wire:
    """One line of a schedule that is not kept, with what it was made from."""
    return {
        "sequence": line.sequence,
        "dueDate": day(line.due_on),
        "principalDue": money(line.principal),
        "interestDue": money(line.interest),
        "feeDue": money(ZERO),
        "totalDue": money(line.total),
        "balanceAfter": money(line.balance_after),
        "proof": _proof(line.proof),
    }


def reschedule(proposal: Any, lines: Iterable[Instalment] | None = None) -> Wire:
    """Reschedule; with the lines that would come of it while it waits for a decision."""
    schedule = None if lines is None else [planned_line(line) for line in lines]
    return reschedule_scalars(proposal) | {"schedule": schedule}


def ended_schedule(ended: Any) -> Wire:
    """A schedule a loan had before."""
    return {
        "loanId": ended.loan_id,
        "scheduleVersion": ended.schedule_version,
        "endedBy": ended.ended_by,
        "endedAt": timestamp(ended.ended_at),
        "endedByUserId": ended.actor_id,
        "scheduleItems": [_ended_line(line) for line in ended.lines],
    }


def _ended_line(line: dict[str, Any]) -> Wire:
    principal, interest = Decimal(line["principal"]), Decimal(line["interest"])
    return {
        "id": line["instalment_id"],
        "sequence": line["sequence"],
        "dueDate": f"{line['due_on']}T00:00:00.000Z",
        "principalDue": money(principal),
        "interestDue": money(interest),
        "totalDue": money(principal + interest),
    }


def _cost(cost: EffectiveCost) -> Wire:
    rate = cost.nominal_annual_rate
    return {
        "totalInterest": number(cost.total_interest),
        "fees": number(cost.fees),
        "totalCost": number(cost.total_cost),
        "annualPercentageRate": None if rate is None else money(rate * 100),
        "method": COST_METHOD,
    }


def _proof(proof: Proof) -> Wire:
    return {
        "rule": proof.rule.value,
        "text": proof.rule.text,
        "factor": _digits(proof.factor),
        "chargedOn": _digits(proof.charged_on),
        "unroundedInterest": _digits(proof.interest),
        "unroundedPrincipal": _maybe_digits(proof.principal),
        "levelInstalment": _maybe_digits(proof.level),
        "rounding": proof.rounding.removeprefix("ROUND_"),
        "roundedTo": _digits(proof.step),
        "instalmentMultiple": _digits(proof.multiple),
        "heldBackInterest": _digits(proof.held_back),
        "takesTheRest": proof.takes_the_rest,
    }


def _digits(amount: Decimal) -> str:
    return f"{amount:f}"


def _maybe_digits(amount: Decimal | None) -> str | None:
    return None if amount is None else _digits(amount)

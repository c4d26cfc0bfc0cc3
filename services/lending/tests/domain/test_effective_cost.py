"""The one rate that counts interest, fees and days."""

from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.lending.domain.effective_cost import EffectiveCost, effective_cost
from services.lending.domain.rounding import EXACT
from services.lending.domain.schedule import make_schedule
from services.lending.domain.terms import Amortization, InterestMethod, TermUnit
from services.lending.tests.terms import terms_of

START = date(2026, 1, 1)
DECLINING = {"interest_method": InterestMethod.DECLINING_BALANCE}
PER_YEAR = {TermUnit.DAY: 365, TermUnit.WEEK: 52, TermUnit.MONTH: 12}


def cost(fee: str = "0", **changed: Any) -> EffectiveCost:
    usual = {"principal": Decimal(10000), "annual_rate": Decimal("0.12"), "term_count": 12, "term_unit": TermUnit.MONTH}
    terms = terms_of(**usual | changed)
    return effective_cost(terms, START, make_schedule(terms, START), Decimal(fee))


@pytest.mark.parametrize(
    ("terms", "fee", "rate"),
    [
        pytest.param({}, "0", "0.214571", id="flat interest costs nearly twice its rate"),
        pytest.param(DECLINING, "0", "0.120001", id="declining interest costs its rate, but for rounding"),
        pytest.param(DECLINING, "200", "0.158546", id="a fee up front is money not received"),
        pytest.param({"annual_rate": Decimal(0)}, "0", "0.000000", id="nothing costs nothing"),
        pytest.param({"annual_rate": Decimal(0)}, "200", "0.037462", id="a fee alone costs too"),
        pytest.param({"term_unit": TermUnit.WEEK, "repay_every": 2}, "0", "0.218196", id="every other week"),
        pytest.param({"term_count": 1, "first_due_on": date(2026, 1, 2)}, "0", "0.120156", id="3.23 for one day"),
        pytest.param(DECLINING | {"first_due_on": date(2026, 2, 15)}, "0", "0.119923", id="a long first period"),
    ],
)
def test_the_effective_rate_counts_everything(terms: dict[str, Any], fee: str, rate: str) -> None:
    assert cost(fee, **terms).nominal_annual_rate == Decimal(rate)


def test_the_cost_is_interest_and_fees() -> None:
    found = cost("250.50")
    assert (found.total_interest, found.fees, found.total_cost) == (
        Decimal(1200),
        Decimal("250.50"),
        Decimal("1450.50"),
    )


def test_no_rate_is_made_up_where_the_fee_eats_the_loan() -> None:
    assert cost("10000").nominal_annual_rate is None
    assert cost("9999.99").nominal_annual_rate is not None


@given(
    principal=some.decimals(100, 10**9, places=2),
    rate=some.decimals(0, 2, places=4),
    count=some.integers(1, 60),
    unit=some.sampled_from(TermUnit),
    method=some.sampled_from(InterestMethod),
    graces=some.tuples(some.integers(0, 59), some.integers(0, 59)),
    fee_share=some.decimals(0, 1, places=6),
)
def test_discounted_at_the_rate_the_instalments_are_worth_what_was_received(
    principal: Decimal,
    rate: Decimal,
    count: int,
    unit: TermUnit,
    method: InterestMethod,
    graces: tuple[int, int],
    fee_share: Decimal,
) -> None:
    terms = terms_of(
        principal=principal,
        annual_rate=rate,
        term_count=count,
        term_unit=unit,
        interest_method=method,
        amortization=Amortization.EQUAL_INSTALMENTS,
        principal_grace=graces[0] % count,
        interest_grace=graces[1] % count,
    )
    lines, fee = make_schedule(terms, START), (principal * fee_share).quantize(Decimal("0.01"))
    found = effective_cost(terms, START, lines, fee).nominal_annual_rate
    received = principal - fee
    if received <= 0:
        assert found is None
        return
    assert found is not None
    with localcontext(EXACT):

        def worth(annual: Decimal) -> Decimal:
            return sum((line.total / (1 + annual / PER_YEAR[unit]) ** line.sequence for line in lines), Decimal(0))

        last_digit = Decimal("0.000001")
        assert worth(found + last_digit) <= received <= worth(max(found - last_digit, Decimal(0)))


def test_a_later_first_due_date_is_cheaper_for_the_same_instalments() -> None:
    rates = []
    for days in range(1, 60):
        terms = terms_of(
            principal=Decimal(10000),
            annual_rate=Decimal(0),
            term_count=6,
            term_unit=TermUnit.MONTH,
            first_due_on=START + timedelta(days=days),
        )
        found = effective_cost(terms, START, make_schedule(terms, START), Decimal(500))
        assert found.nominal_annual_rate is not None
        rates.append(found.nominal_annual_rate)
    assert rates == sorted(rates, reverse=True)

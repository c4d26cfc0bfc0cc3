"""What a loan is agreed on, from what a product offers and a loan asks for."""

from decimal import Decimal
from typing import Any

import pytest

from services.lending.domain.conditions import agree, overrides
from services.lending.domain.loan_type import Limits, check_product
from services.lending.domain.terms import Amortization, InterestMethod, InvalidTerms, Rounding, TermUnit
from services.lending.models import LoanType
from services.lending.steps.agreement import NotOverridable, Offer
from services.lending.tests.terms import conditions_of

DECLINING = conditions_of(annual_rate=Decimal("0.24"), interest_method=InterestMethod.DECLINING_BALANCE)
LIMITS = Limits(Decimal(1000), Decimal(60000), TermUnit.WEEK, 4, 12)


def test_what_a_loan_leaves_open_is_as_the_product_offers_it() -> None:
    agreed = agree(DECLINING, {"penalty_per_day": Decimal(5)})
    assert agreed.interest == DECLINING.interest
    assert agreed.charges.penalty_per_day == Decimal(5)


def test_a_loan_says_for_itself_only_what_its_product_allows() -> None:
    product = LoanType(
        interest=DECLINING.interest, charges=DECLINING.charges, allowed_overrides=["penaltyFeePerDayAmount"]
    )
    wishes = {"annual_rate": Decimal("0.30")}
    with pytest.raises(NotOverridable, match="does not let a loan set interestRate") as refused:
        Offer(product).conditions_with(wishes, Decimal(100))
    assert refused.value.field == "annual_rate"
    assert Offer(None).conditions_with(wishes, Decimal(100)).interest.annual_rate == Decimal("0.30")


def test_asking_for_what_is_offered_anyway_is_always_granted() -> None:
    assert list(overrides(DECLINING, {"annual_rate": Decimal("0.240000")})) == []


@pytest.mark.parametrize(
    ("wishes", "fee"),
    [
        pytest.param({}, "1100.00", id="as offered: a fixed part and 1 %"),
        pytest.param({"processing_fee": Decimal(500)}, "500.00", id="a whole fee"),
        pytest.param({"processing_fee_rate": Decimal("0.02")}, "2000.00", id="a rate"),
        pytest.param({"processing_fee": Decimal(7), "processing_fee_rate": Decimal("0.02")}, "2007.00", id="both"),
    ],
)
def test_who_names_a_fee_names_all_of_it(wishes: dict[str, Any], fee: str) -> None:
    offered = conditions_of(processing_fee=Decimal(100), processing_fee_rate=Decimal("0.01"))
    assert agree(offered, wishes).fee_on(Decimal(100000)) == Decimal(fee)


@pytest.mark.parametrize(("rounding", "fee"), [(Rounding.HALF_UP, "0.13"), (Rounding.HALF_EVEN, "0.12")])
def test_a_fee_is_rounded_as_the_loan_is(rounding: Rounding, fee: str) -> None:
    conditions = conditions_of(processing_fee_rate=Decimal("0.01"), rounding=rounding)
    assert conditions.fee_on(Decimal("12.50")) == Decimal(fee)


def test_a_fee_above_the_principal_is_not_deducted_from_it() -> None:
    conditions = conditions_of(processing_fee=Decimal(101), deducts_fee=True)
    with pytest.raises(InvalidTerms, match="exceeds the principal") as refused:
        conditions.fee_on(Decimal(100))
    assert refused.value.field == "processing_fee"


def test_the_fixed_part_of_a_whole_fee_is_found_again() -> None:
    loan = conditions_of(processing_fee=Decimal("1100.00"), processing_fee_rate=Decimal("0.01"))
    assert loan.without_fee_by_rate(Decimal(100000)).fee_on(Decimal(50000)) == Decimal("600.00")


@pytest.mark.parametrize(
    ("conditions", "field"),
    [
        ({"amortization": Amortization.EQUAL_PRINCIPAL}, "amortization"),
        ({"principal_grace": 12}, "principal_grace"),
        ({"annual_rate": Decimal("2.01")}, "annual_rate"),
        ({"instalment_multiple": Decimal(20000)}, "principal"),
    ],
)
def test_a_product_of_which_no_loan_could_be_made_is_refused(conditions: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidTerms) as refused:
        check_product(LIMITS, conditions_of(**conditions))
    assert refused.value.field == field


def test_a_product_of_which_some_loan_can_be_made_is_fine() -> None:
    check_product(LIMITS, conditions_of(principal_grace=11, instalment_multiple=Decimal(5000)))

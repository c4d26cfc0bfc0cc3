"""Terms that cannot make a loan are refused with the field at fault, never bent."""

from decimal import Decimal
from typing import Any

import pytest

from services.lending.domain.terms import Amortization, InterestMethod, InvalidTerms, Terms, TermUnit

FITTING = {"principal": Decimal(1000), "annual_rate": Decimal("0.24"), "term_count": 4, "term_unit": TermUnit.MONTH}
DECLINING = {"interest_method": InterestMethod.DECLINING_BALANCE}


@pytest.mark.parametrize(
    ("changed", "field", "message"),
    [
        pytest.param({"term_count": 0}, "termCount", "between 1 and 3650", id="no instalment"),
        pytest.param({"term_count": 3651}, "termCount", "between 1 and 3650", id="no end"),
        pytest.param({"repay_every": 0}, "repayEvery", "every 1 to 365", id="no time between"),
        pytest.param({"repay_every": 366}, "repayEvery", "every 1 to 365", id="ages between"),
        pytest.param({"annual_rate": Decimal("-0.01")}, "interestRate", "between 0 and 200 %", id="rate below zero"),
        pytest.param({"annual_rate": Decimal("2.0001")}, "interestRate", "between 0 and 200 %", id="usury"),
        pytest.param({"annual_rate": Decimal("NaN")}, "interestRate", "between 0 and 200 %", id="no rate"),
        pytest.param({"principal": Decimal("0.03")}, "principalAmount", "too small", id="less than a cent each"),
        pytest.param({"principal": Decimal(-5)}, "principalAmount", "too small", id="principal below zero"),
        pytest.param({"principal": Decimal("10.005")}, "principalAmount", "two decimals", id="half a cent"),
        pytest.param({"principal": Decimal(10) ** 12}, "principalAmount", "at most 9999", id="beyond the column"),
        pytest.param({"principal": Decimal("Infinity")}, "principalAmount", "at most 9999", id="beyond everything"),
        pytest.param({"principal_grace": 4}, "principalGrace", "at least the last", id="principal grace"),
        pytest.param({"interest_grace": 4}, "interestGrace", "at least the last", id="interest grace"),
        pytest.param({"interest_grace": -1}, "interestGrace", "at least the last", id="grace below zero"),
        pytest.param({"instalment_multiple": Decimal("0.5")}, "instalmentMultiple", "whole", id="broken multiple"),
        pytest.param({"instalment_multiple": Decimal(0)}, "instalmentMultiple", "whole", id="multiple of nothing"),
        pytest.param(
            {"instalment_multiple": Decimal(500)},
            "principalAmount",
            "4 instalments of 500",
            id="less than a multiple each",
        ),
        pytest.param(
            {"amortization": Amortization.EQUAL_PRINCIPAL},
            "amortization",
            "DECLINING",
            id="equal principal is declining",
        ),
        pytest.param(
            DECLINING | {"amortization": Amortization.LEVEL_TOTAL}, "amortization", "FLAT", id="level total is flat"
        ),
    ],
)
def test_terms_that_cannot_make_a_loan_are_refused(changed: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(InvalidTerms, match=message) as refused:
        Terms(**FITTING | changed)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"principal": Decimal("0.04")}, id="a cent each"),
        pytest.param({"principal": Decimal("999999999999.99")}, id="the largest amount"),
        pytest.param({"annual_rate": Decimal(2)}, id="200 %"),
        pytest.param({"principal_grace": 3, "interest_grace": 3}, id="all but the last in the grace"),
        pytest.param({"instalment_multiple": Decimal(250)}, id="a multiple each"),
    ],
)
def test_the_limits_themselves_are_allowed(changed: dict[str, Any]) -> None:
    Terms(**FITTING | changed)

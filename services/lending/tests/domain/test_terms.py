"""Terms that cannot make a loan are refused with the field at fault, never bent."""

from decimal import Decimal
from typing import Any

import pytest

from services.lending.domain.terms import Amortization, InterestMethod, InvalidTerms, TermUnit
from services.lending.tests.terms import terms_of

FITTING = {"principal": Decimal(1000), "annual_rate": Decimal("0.24"), "term_count": 4, "term_unit": TermUnit.MONTH}
DECLINING = {"interest_method": InterestMethod.DECLINING_BALANCE}


@pytest.mark.parametrize(
    ("changed", "field", "message"),
    [
        pytest.param({"term_count": 0}, "term_count", "between 1 and 3650", id="no instalment"),
        pytest.param({"term_count": 3651}, "term_count", "between 1 and 3650", id="no end"),
        pytest.param({"repay_every": 0}, "repay_every", "every 1 to 365", id="no time between"),
        pytest.param({"repay_every": 366}, "repay_every", "every 1 to 365", id="ages between"),
        pytest.param({"annual_rate": Decimal("-0.01")}, "annual_rate", "between 0 and 200 %", id="rate below zero"),
        pytest.param({"annual_rate": Decimal("2.0001")}, "annual_rate", "between 0 and 200 %", id="usury"),
        pytest.param({"annual_rate": Decimal("NaN")}, "annual_rate", "between 0 and 200 %", id="no rate"),
        pytest.param({"principal": Decimal("0.03")}, "principal", "too small", id="less than a cent each"),
        pytest.param({"principal": Decimal(-5)}, "principal", "too small", id="principal below zero"),
        pytest.param({"principal": Decimal("10.005")}, "principal", "two decimals", id="half a cent"),
        pytest.param({"principal": Decimal(10) ** 12}, "principal", "at most 9999", id="beyond the column"),
        pytest.param({"principal": Decimal("Infinity")}, "principal", "at most 9999", id="beyond everything"),
        pytest.param({"principal_grace": 4}, "principal_grace", "at least the last", id="principal grace"),
        pytest.param({"interest_grace": 4}, "interest_grace", "at least the last", id="interest grace"),
        pytest.param({"interest_grace": -1}, "interest_grace", "at least the last", id="grace below zero"),
        pytest.param({"instalment_multiple": Decimal("0.5")}, "instalment_multiple", "whole", id="broken multiple"),
        pytest.param({"instalment_multiple": Decimal(0)}, "instalment_multiple", "whole", id="multiple of nothing"),
        pytest.param(
            {"instalment_multiple": Decimal(500)},
            "principal",
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
        terms_of(**FITTING | changed)
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
    terms_of(**FITTING | changed)

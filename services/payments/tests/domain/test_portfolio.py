from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.portfolio import Bucket, Holding, Portfolio, bucket

LOANS = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 10**9).map(lambda kobo: Decimal(kobo) / 100)))


@pytest.mark.parametrize(
    ("days", "name"),
    [
        (0, "current"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"), (90, "61-90"),
        (91, "91-180"), (180, "91-180"), (181, "over 180"), (4000, "over 180"),
    ],
)  # fmt: skip
def test_a_loan_is_in_the_bucket_of_its_days(days: int, name: str) -> None:
    assert bucket(days) == name


@given(LOANS)
def test_what_is_at_risk_is_the_principal_of_the_whole_loans_that_are_later(loans: list[tuple[int, Decimal]]) -> None:
    portfolio = Portfolio((bucket(days), Holding(1, principal)) for days, principal in loans)
    whole = sum(principal for _, principal in loans)
    for bound in (0, 30, 60, 90, 180):
        late = sum((principal for days, principal in loans if days > bound), Decimal(0))
        assert portfolio.at_risk(bound) == (late / whole).quantize(Decimal("0.0001")) if whole else not late
    assert portfolio.whole.loans == len(loans)


def test_an_empty_portfolio_has_every_bucket_and_nothing_at_risk() -> None:
    portfolio = Portfolio([])
    assert (list(portfolio.holdings), portfolio.at_risk(30)) == (list(Bucket), 0)

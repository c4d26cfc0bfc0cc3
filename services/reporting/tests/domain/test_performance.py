from decimal import Decimal

import pytest

from services.reporting.domain.performance import Membership, Standing, distribution, performance
from services.reporting.domain.portfolio import LoanStatus

S = LoanStatus


def standing(status, loans=1, principal="50000.00", paid="0.00", outstanding="50000.00"):
    return Standing(None, status, loans, Decimal(principal), Decimal(paid), Decimal(outstanding))


def test_only_loans_whose_money_went_out_are_disbursed():
    statuses = [S.DRAFT, S.PENDING_APPROVAL, S.APPROVED, S.CANCELED, S.ACTIVE, S.COMPLETED, S.DEFAULTED, S.WRITTEN_OFF]
    found = performance(0, [], [standing(status) for status in statuses])
    assert (found.loans, found.disbursed) == (8, Decimal("200000.00"))


def test_a_written_off_loan_counts_as_a_defaulted_one():
    found = performance(0, [], [standing(S.DEFAULTED, loans=2), standing(S.WRITTEN_OFF, loans=3)])
    assert found.defaulted_loans == 5


@pytest.mark.parametrize(
    ("principal", "paid", "rate"),
    [("50000.00", "5000.00", "10.00"), ("30000.00", "10000.00", "33.33"), ("100.00", "120.00", "120.00")],
)
def test_the_collection_rate_is_what_was_repaid_in_percent_of_what_was_disbursed(principal, paid, rate):
    found = performance(0, [], [standing(S.ACTIVE, principal=principal, paid=paid)])
    assert found.collection_rate == Decimal(rate)


def test_the_collection_rate_of_nothing_is_zero():
    assert performance(0, [], []).collection_rate == 0


def test_members_are_counted_by_whether_they_are_verified():
    found = performance(2, [Membership(None, "verified", 3), Membership(None, "pending", 1)], [])
    assert (found.unions, found.verified_members, found.pending_members) == (2, 3, 1)


def test_the_distribution_names_the_statuses_that_have_loans_in_the_order_of_life():
    found = distribution([standing(S.COMPLETED), standing(S.DRAFT), standing(S.COMPLETED, loans=2)])
    assert found == {S.DRAFT: (1, Decimal("50000.00")), S.COMPLETED: (3, Decimal("100000.00"))}
    assert list(found) == [S.DRAFT, S.COMPLETED]

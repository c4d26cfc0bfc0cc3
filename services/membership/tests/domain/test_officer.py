from uuid import UUID

import pytest

from services.membership.domain.officer import (
    NotACreditOfficer,
    Officer,
    OfficerInactive,
    OfficerOfAnotherUnion,
    check_member_officer,
    check_union_officer,
)

ADA, BEN = UUID(int=1), UUID(int=2)


def test_an_active_credit_officer_may_hold_a_union():
    check_union_officer(Officer(ADA, "CREDIT_OFFICER", is_active=True))


@pytest.mark.parametrize("role", ["ADMIN", "SUPERVISOR"])
def test_nobody_but_a_credit_officer_may_hold_a_union(role):
    with pytest.raises(NotACreditOfficer):
        check_union_officer(Officer(ADA, role, is_active=True))


def test_an_inactive_officer_may_not_hold_a_union():
    with pytest.raises(OfficerInactive):
        check_union_officer(Officer(ADA, "CREDIT_OFFICER", is_active=False))


def test_the_officer_of_a_member_is_the_officer_of_the_union():
    check_member_officer(Officer(ADA, "CREDIT_OFFICER", is_active=True), union_officer_id=ADA)


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        pytest.param(
            Officer(BEN, "CREDIT_OFFICER", is_active=True), "Officer must belong to the same union", id="another"
        ),
        pytest.param(Officer(BEN, "ADMIN", is_active=True), "Admin cannot be assigned", id="an admin"),
        pytest.param(None, "Officer must belong to the same union", id="nobody we know"),
    ],
)
def test_any_other_officer_of_a_member_is_refused(chosen, reason):
    with pytest.raises(OfficerOfAnotherUnion, match=reason):
        check_member_officer(chosen, union_officer_id=ADA)

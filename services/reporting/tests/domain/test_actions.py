import pytest

from services.reporting.domain.actions import LOAN_TRANSITIONS, actions_named, entity_named

ACTIONS = [
    "LOAN_APPROVED", "LOAN_CREATED", "LOAN_DISBURSED", "REPAYMENT_CREATED", "UNION_CREATED", "UNION_MEMBER_CREATED",
    "UNION_MEMBER_UPDATED", "UNION_UPDATED", "USER_LOGIN",
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param("USER_LOGIN", ["USER_LOGIN"], id="whole name"),
        pytest.param("login", ["USER_LOGIN"], id="part of it in lower case"),
        pytest.param("CUSTOMER_CREATED", ["UNION_MEMBER_CREATED"], id="customers are members"),
        pytest.param("BRANCH_UPDATED", ["UNION_UPDATED"], id="branches are unions"),
        pytest.param("REPAYMENT_RECORDED", ["REPAYMENT_CREATED"], id="recorded is created"),
        pytest.param("LOAN_STATUS_UPDATED", ["LOAN_APPROVED", "LOAN_DISBURSED"], id="any transition of a loan"),
        pytest.param("%", [], id="no wildcard"),
    ],
)
def test_actions_are_found_under_what_people_call_them(asked, found):
    assert actions_named(asked, ACTIONS) == found


def test_drafting_a_loan_is_no_transition():
    assert "LOAN_CREATED" not in LOAN_TRANSITIONS


@pytest.mark.parametrize(
    ("name", "ours"),
    [("Customer", "UnionMember"), ("Branch", "Union"), ("BranchTransfer", "UnionTransfer"), ("Loan", "Loan")],
)
def test_things_are_found_under_their_older_names(name, ours):
    assert entity_named(name) == ours

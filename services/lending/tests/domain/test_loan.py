"""The table of transitions, and nothing beside it."""

import pytest

from services.lending.domain.loan import (
    FINAL,
    LIFE,
    RUNNING,
    InvalidTransition,
    LoanAction,
    LoanStatus,
    action_towards,
    loan_number,
    roles_for,
    transition,
)
from shared.context import Role

S, A = LoanStatus, LoanAction


@pytest.mark.parametrize(
    ("start", "action", "end"),
    [
        (S.DRAFT, A.SUBMIT, S.PENDING_APPROVAL),
        (S.PENDING_APPROVAL, A.APPROVE, S.APPROVED),
        (S.APPROVED, A.DISBURSE, S.ACTIVE),
        (S.ACTIVE, A.COMPLETE, S.COMPLETED),
        (S.ACTIVE, A.DEFAULT, S.DEFAULTED),
        (S.DEFAULTED, A.REACTIVATE, S.ACTIVE),
        (S.DEFAULTED, A.COMPLETE, S.COMPLETED),
        (S.ACTIVE, A.WRITE_OFF, S.WRITTEN_OFF),
        (S.APPROVED, A.REJECT, S.CANCELED),
        (S.APPROVED, A.UNDO_APPROVAL, S.PENDING_APPROVAL),
        (S.ACTIVE, A.UNDO_DISBURSEMENT, S.APPROVED),
        (S.COMPLETED, A.REOPEN, S.ACTIVE),
    ],
)
def test_an_action_leads_from_one_status_to_the_next(start: LoanStatus, action: LoanAction, end: LoanStatus) -> None:
    assert transition(start, action) is end


def test_only_a_reversed_payment_leads_out_of_a_final_status() -> None:
    assert [(step.start, step.action) for step in LIFE if step.start in FINAL] == [(S.COMPLETED, A.REOPEN)]
    assert roles_for(A.REOPEN) == ()


def test_a_step_is_named_once() -> None:
    assert len({(step.start, step.action) for step in LIFE}) == len(LIFE)


def test_whatever_is_not_in_the_table_is_refused() -> None:
    table = {(step.start, step.action) for step in LIFE}
    for status in LoanStatus:
        for action in LoanAction:
            if (status, action) not in table:
                with pytest.raises(InvalidTransition):
                    transition(status, action)


@pytest.mark.parametrize(
    ("status", "action", "message"),
    [
        (S.DRAFT, A.UNDO_APPROVAL, "Only the approval of a loan that is not disbursed can be undone"),
        (S.APPROVED, A.UNDO_DISBURSEMENT, "Only the disbursement of an active loan can be undone"),
        (S.DRAFT, A.APPROVE, "Cannot transition from DRAFT to APPROVED"),
        (S.COMPLETED, A.REJECT, "Cannot transition from COMPLETED to CANCELED"),
        (S.ACTIVE, A.DISBURSE, "Only approved loans can be disbursed"),
    ],
)
def test_a_refusal_says_what_was_tried(status: LoanStatus, action: LoanAction, message: str) -> None:
    with pytest.raises(InvalidTransition, match=message):
        transition(status, action)


@pytest.mark.parametrize(
    ("start", "target", "action"),
    [
        (S.DRAFT, S.APPROVED, A.APPROVE_DRAFT),
        (S.PENDING_APPROVAL, S.APPROVED, A.APPROVE),
        (S.DRAFT, S.CANCELED, A.REJECT),
        (S.PENDING_APPROVAL, S.CANCELED, A.REJECT),
        (S.APPROVED, S.CANCELED, A.CANCEL),
        (S.APPROVED, S.ACTIVE, A.DISBURSE),
        (S.DEFAULTED, S.ACTIVE, A.REACTIVATE),
    ],
)
def test_a_wanted_status_is_reached_by_one_action(start: LoanStatus, target: LoanStatus, action: LoanAction) -> None:
    assert action_towards(start, target, Role.ADMIN) is action


@pytest.mark.parametrize(
    ("start", "target"),
    [
        (S.DRAFT, S.ACTIVE),
        (S.ACTIVE, S.APPROVED),
        (S.APPROVED, S.PENDING_APPROVAL),
        (S.COMPLETED, S.ACTIVE),
        (S.APPROVED, S.APPROVED),
        (S.CANCELED, S.DRAFT),
    ],
)
def test_a_status_nobody_may_ask_for_by_name_is_refused(start: LoanStatus, target: LoanStatus) -> None:
    with pytest.raises(InvalidTransition, match=f"Cannot transition from {start} to {target}"):
        action_towards(start, target, Role.ADMIN)


@pytest.mark.parametrize(
    ("start", "target", "by"),
    [
        (S.DRAFT, S.APPROVED, Role.SUPERVISOR),
        (S.DRAFT, S.PENDING_APPROVAL, Role.SUPERVISOR),
        (S.PENDING_APPROVAL, S.APPROVED, Role.CREDIT_OFFICER),
        (S.ACTIVE, S.WRITTEN_OFF, Role.CREDIT_OFFICER),
    ],
)
def test_a_status_is_asked_for_by_those_who_may_take_the_step(start: LoanStatus, target: LoanStatus, by: Role) -> None:
    with pytest.raises(InvalidTransition):
        action_towards(start, target, by)


def test_a_loan_is_never_both_running_and_final() -> None:
    assert not RUNNING & FINAL


def test_a_loan_number_has_eight_digits_or_more() -> None:
    assert [loan_number(1), loan_number(123456789)] == ["LN00000001", "LN123456789"]

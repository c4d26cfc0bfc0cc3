"""How far an application goes by itself."""

import pytest

from services.lending.domain.application import CreateFlow, status_after_creation
from services.lending.domain.loan import LoanStatus

COMPLETE, DRAFT, LEGACY = CreateFlow.COMPLETE_APPLICATION, CreateFlow.DRAFT, CreateFlow.LEGACY


@pytest.mark.parametrize("flow", list(CreateFlow))
@pytest.mark.parametrize("by_admin", [True, False])
@pytest.mark.parametrize(("submit", "status"), [(True, LoanStatus.PENDING_APPROVAL), (False, LoanStatus.DRAFT)])
def test_the_applicants_word_decides(flow: CreateFlow, by_admin: bool, submit: bool, status: LoanStatus) -> None:
    assert status_after_creation(flow, submit=submit, is_complete=True, by_admin=by_admin) is status


@pytest.mark.parametrize(
    ("flow", "is_complete", "by_admin", "status"),
    [
        (COMPLETE, True, False, LoanStatus.PENDING_APPROVAL),
        (COMPLETE, True, True, LoanStatus.ACTIVE),
        (COMPLETE, False, True, LoanStatus.DRAFT),
        (DRAFT, True, True, LoanStatus.DRAFT),
        (LEGACY, False, False, LoanStatus.PENDING_APPROVAL),
        (LEGACY, False, True, LoanStatus.ACTIVE),
    ],
)
def test_without_a_word_the_policy_decides(
    flow: CreateFlow, is_complete: bool, by_admin: bool, status: LoanStatus
) -> None:
    assert status_after_creation(flow, submit=None, is_complete=is_complete, by_admin=by_admin) is status

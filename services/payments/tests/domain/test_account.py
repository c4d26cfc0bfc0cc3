from decimal import Decimal

import pytest

from services.payments.domain.account import LoanNotPayable, LoanStatus, account_status, check_takes_money


@pytest.mark.parametrize(
    "status", [LoanStatus.APPROVED, LoanStatus.ACTIVE, LoanStatus.DEFAULTED, LoanStatus.WRITTEN_OFF]
)
def test_a_running_or_written_off_loan_with_a_schedule_takes_money(status: LoanStatus) -> None:
    check_takes_money(status, has_schedule=True)


@pytest.mark.parametrize(
    ("status", "has_schedule"),
    [
        (LoanStatus.DRAFT, False),
        (LoanStatus.PENDING_APPROVAL, False),
        (LoanStatus.APPROVED, False),
        (LoanStatus.COMPLETED, True),
        (LoanStatus.WRITTEN_OFF, False),
        (LoanStatus.CANCELED, True),
    ],
)
def test_no_other_loan_takes_money(status: LoanStatus, has_schedule: bool) -> None:
    with pytest.raises(LoanNotPayable, match="Can only make payments on active or approved loans"):
        check_takes_money(status, has_schedule=has_schedule)


@pytest.mark.parametrize(
    ("status_of_lending", "paid", "outstanding", "status"),
    [
        pytest.param("APPROVED", 0, 100, "APPROVED", id="nothing paid yet"),
        pytest.param("APPROVED", 1, 99, "ACTIVE", id="the first payment disburses"),
        pytest.param("ACTIVE", 100, 0, "COMPLETED", id="the last payment completes"),
        pytest.param("APPROVED", 100, 0, "COMPLETED", id="first and last at once"),
        pytest.param("DEFAULTED", 1, 99, "DEFAULTED", id="people decide on default"),
        pytest.param("DEFAULTED", 100, 0, "COMPLETED", id="a defaulted loan completes too"),
        pytest.param("WRITTEN_OFF", 100, 0, "WRITTEN_OFF", id="what is final stays"),
        pytest.param("COMPLETED", 100, 0, "COMPLETED", id="what is paid stays completed"),
        pytest.param("COMPLETED", 60, 40, "ACTIVE", id="a reversal makes it run again"),
        pytest.param("DRAFT", 0, 0, "DRAFT", id="no schedule, nothing owed"),
    ],
)
def test_money_moves_the_status_on(status_of_lending: str, paid: int, outstanding: int, status: str) -> None:
    assert account_status(LoanStatus(status_of_lending), paid=Decimal(paid), outstanding=Decimal(outstanding)) == status

"""Whatever comes together ends as it would one after the other."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.payments.steps.repayments import Payment, Recorded
from services.payments.tests.conftest import AT, Loan, account_of, recorded_alone, repayments_of, schedule_of, weekly
from services.payments.usecases.repayments import record_repayments
from shared.db import Sessions, unit_of_work
from shared.errors import DomainError
from shared.testing import SignedIn

LOANS = 4
TODAY = AT.date() + timedelta(days=10)
# Which loan, how much, how many days before today, and whether under a reference that comes more than once.
coming = st.tuples(
    st.integers(0, LOANS - 1),
    st.decimals("0.01", "250.00", places=2),
    st.sampled_from([0, 0, 0, 1, 5]),
    st.booleans(),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=st.lists(st.lists(coming, min_size=1, max_size=8), min_size=1, max_size=4))
def test_groups_end_as_the_same_payments_one_after_the_other(
    sessions: Sessions, a_loan: Callable[..., Loan], admin: SignedIn, groups: list[list[Any]]
) -> None:
    together, alone = ([a_loan(lines=weekly(3, "100.00", "5.00")) for _ in range(LOANS)] for _ in range(2))
    for group in groups:
        _record_as_one(sessions, [_payment(together, admin, *one) for one in group])
        for one in group:
            _record_alone(sessions, _payment(alone, admin, *one))
    for left, right in zip(together, alone, strict=True):
        assert _book(sessions, left) == _book(sessions, right)


def _payment(
    loans: Sequence[Loan], by: SignedIn, loan: int, amount: Decimal, days_ago: int, is_marked: bool
) -> Payment:
    return Payment(
        by=by.actor,
        loan_id=loans[loan].id,
        amount=amount,
        method="CASH",
        paid_at=AT,
        paid_on=TODAY - timedelta(days=days_ago),
        recorded_at=AT,
        business_date=TODAY,
        reference=f"PAY-1773221400000-{loan}" if is_marked else None,
    )


def _record_as_one(sessions: Sessions, payments: Sequence[Payment]) -> None:
    """As the platform does: together what can be, then the rest in its order."""
    with unit_of_work(sessions, "payments") as uow:
        done = record_repayments(uow, payments, waits=False)
    for payment in payments:
        if not isinstance(done.get(payment.id), Recorded):
            _record_alone(sessions, payment)


def _record_alone(sessions: Sessions, payment: Payment) -> None:
    with suppress(DomainError), unit_of_work(sessions, "payments") as uow:
        recorded_alone(uow, payment)


def _book(sessions: Sessions, loan: Loan) -> Any:
    """What is written of a loan, without what differs from loan to loan."""
    account, schedule, repayments = (
        account_of(sessions, loan.id), schedule_of(sessions, loan.id), repayments_of(sessions, loan.id),
    )  # fmt: skip
    return (
        {name: account[name] for name in ("version", "status", "paid", "outstanding", "outstanding_principal")},
        [
            (row["sequence"], row["paid"], row["interest_paid"], row["principal_paid"], row["status"])
            for row in schedule
        ],
        [(row["amount"], row["paid_on"], row["reference"], row["kind"], row["parts"]) for row in repayments],
    )

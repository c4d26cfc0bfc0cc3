"""A charge as the next fact of an account, and its publication."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from services.payments.domain.account import Account
from services.payments.domain.facts import ChargeKind
from services.payments.events import AccountState, charge_added
from services.payments.models.rows import ChargeRow, LateLoan
from services.payments.shapes.loans import Charge
from shared.db import UnitOfWork
from shared.ids import new_id
from shared.wire import money


def new_charge(
    account: Account | LateLoan,
    *,
    kind: ChargeKind,
    amount: Decimal,
    due_on: date,
    note: str | None,
    recorded_by: UUID | None,
    at: datetime,
    business_date: date,
    late_instalment_id: UUID | None = None,
) -> ChargeRow:
    """A charge as the next fact of an account, whose lock is held."""
    return ChargeRow(
        id=new_id(),
        loan_id=account.loan_id,
        kind=kind.value,
        due_on=due_on,
        amount=amount,
        note=note,
        recorded_by=recorded_by,
        recorded_at=at,
        business_date=business_date,
        account_version=account.version + 1,
        late_instalment_id=late_instalment_id,
        repayment_id=None,
    )


def publish_charge(
    uow: UnitOfWork, charge: ChargeRow, account: Account | LateLoan, after: AccountState, *, action: str
) -> None:
    """Publish a new charge or rebate with the account `after` it, and leave an audit entry of this action."""
    uow.publish(charge_added(charge, account, after))
    uow.audit(
        action=action,
        entity_name="Charge",
        entity_id=charge.id,
        after=Charge.of(charge),
        metadata={"loanNumber": account.loan_number, "outstanding": money(after["outstanding"])},
    )

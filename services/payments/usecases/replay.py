"""Putting every repayment of a loan on its schedule again, because the schedule is another one."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.payments import steps
from services.payments.domain.facts import ChargeKind
from services.payments.models.ledger import Row
from services.payments.queries import account_updates, counts, ledger
from services.payments.steps import MorePaidThanOwed, NewSchedule
from services.payments.usecases.charges import new_charge
from shared.db import UnitOfWork
from shared.money import ZERO

KEPT = "Received before the terms of the loan were changed"


def replay_account(
    uow: UnitOfWork, *, loan_id: UUID, schedule_version: int, lines: Sequence[Row], at: datetime
) -> None:
    """Put a newer schedule in place of the one that is there, and every repayment on it; an older one is ignored.

    `lines` hold `instalment_id`, `sequence`, `due_on`, `interest` and `principal` of each instalment. When anything was
    told of the account before, the others are told what it comes to now. No lines take the schedule away, unless money
    was received on it meanwhile: then it stays, and lending, which hears of the money, will tell it again. When more
    was paid meanwhile than the schedule asks for, the surplus stays as a fee: what was received under the former terms
    is not given back, and the loan is settled to the kobo.
    """
    account = account_updates.locked_account(uow.connection, loan_id)
    if account["schedule_version"] >= schedule_version:
        return
    if lines:
        _replace(uow, account, NewSchedule(schedule_version, lines), at)
    elif not account["paid"]:
        _take_away(uow, account, schedule_version)


def _replace(uow: UnitOfWork, account: Row, schedule: NewSchedule, at: datetime) -> None:
    try:
        change = steps.derive(uow, account, at=at, schedule=schedule)
    except MorePaidThanOwed as error:
        _replace_and_keep(uow, account, schedule, error.surplus, at)
        return
    is_told = account["version"] > 0
    steps.write(uow, change, version=account["version"] + is_told)
    if is_told:
        steps.tell_replayed(uow, change, version=account["version"] + 1)


def _replace_and_keep(uow: UnitOfWork, account: Row, schedule: NewSchedule, surplus: Decimal, at: datetime) -> None:
    charge = new_charge(
        account,
        kind=ChargeKind.FEE,
        amount=surplus,
        # The day of the money that is kept.
        due_on=account["last_paid_on"],
        note=KEPT,
        recorded_by=uow.context.actor_id,
        at=at,
        business_date=account["last_paid_on"],
    )
    ledger.add_charge(uow.connection, charge)
    change = steps.derive(uow, account, at=at, schedule=schedule)
    version = charge["account_version"]
    steps.write(uow, change, version=version + 1)
    told = steps.account_after(change, version=version)
    steps.tell_charge(uow, charge, account, told, action="CHARGE_ADDED")
    steps.tell_replayed(uow, change, version=version + 1)


def _take_away(uow: UnitOfWork, account: Row, schedule_version: int) -> None:
    change = {
        "schedule_version": schedule_version,
        "outstanding": ZERO,
        "outstanding_principal": ZERO,
    }
    gone = account_updates.forget_schedule(uow.connection, account["loan_id"])
    counts.remove_instalments(uow.connection, account["officer_id"], gone)
    account_updates.update_account(uow.connection, account["loan_id"], change)

"""Putting every repayment of a loan on its schedule again, because the schedule is another one."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.payments.domain.account import Account
from services.payments.domain.facts import ChargeKind
from services.payments.domain.instalment import Instalment
from services.payments.domain.schedules import Schedule
from services.payments.queries import account_updates, counts, ledger, past_schedules
from services.payments.queries.ledger import Ledger
from services.payments.steps import replays
from services.payments.steps.charges import new_charge, publish_charge
from services.payments.steps.replays import MorePaidThanOwed, NewInstalment, NewSchedule
from shared.db import UnitOfWork
from shared.epochs import start_of
from shared.money import ZERO

KEPT = "Received before the terms of the loan were changed"


def replace_schedule(uow: UnitOfWork, *, loan_id: UUID, schedule: NewSchedule, at: datetime) -> None:
    """Put a newer schedule in place of the one of an account, and every repayment on it; an older one is ignored.

    When anything was published of the account before, what it comes to now is published. No lines take the schedule
    away, unless money was received on it meanwhile: then it stays, and lending, which follows the money, will publish
    it again. When more was paid meanwhile than the schedule asks for, the surplus stays as a fee: what was received
    under the former terms is not given back, and the loan is settled to the kobo.
    """
    account = account_updates.locked_account(uow.connection, loan_id)
    if account.schedule_version >= schedule.version:
        return
    if schedule.lines:
        _replace(uow, account, schedule, at)
    elif not account.paid:
        _take_away(uow, account, schedule.version)


def take_over_schedule(uow: UnitOfWork, *, loan_id: UUID, schedule: NewSchedule, at: datetime) -> None:
    """Make the schedule of an account the one that lending has, be its version lower: what it had made since then it
    has no more. One that has the very lines stays as it is, with all that was made of it."""
    account = account_updates.locked_account(uow.connection, loan_id)
    recorded = ledger.ledgers_of(uow.connection, [loan_id])[loan_id]
    past_schedules.forget_schedules(uow.connection, loan_id, above=schedule.version)
    if _has_lines(recorded, schedule):
        if account.schedule_version != schedule.version:
            account_updates.update_account(uow.connection, loan_id, {"schedule_version": schedule.version})
        return
    past_schedules.forget_schedules(uow.connection, loan_id, above=schedule.version - 1)
    lines = [Instalment(line.sequence, line.due_on, line.interest, line.principal) for line in schedule.lines]
    if schedule.version:
        past_schedules.add_schedules(uow.connection, [Schedule(loan_id, schedule.version, schedule.counts_from, lines)])
    if schedule.lines:
        _replace(uow, account, schedule, at)
    elif not account.paid:
        _take_away(uow, account, schedule.version)


def _has_lines(recorded: Ledger, schedule: NewSchedule) -> bool:
    ids = [row.id for row in recorded.instalments if not row.is_charge_line]
    stored = [
        NewInstalment(instalment_id, line.sequence, line.due_on, line.principal, line.interest)
        for instalment_id, line in zip(ids, recorded.schedule, strict=True)
    ]
    return stored == sorted(schedule.lines, key=lambda line: line.sequence)


def _replace(uow: UnitOfWork, account: Account, schedule: NewSchedule, at: datetime) -> None:
    try:
        change = replays.derive(uow, account, at=at, schedule=schedule)
    except MorePaidThanOwed as error:
        _replace_and_keep(uow, account, schedule, error.surplus, at)
        return
    is_published = account.version > start_of(account.version)
    replays.write(uow, change, version=account.version + is_published)
    if is_published:
        replays.publish_replay(uow, change, version=account.version + 1)


def _replace_and_keep(uow: UnitOfWork, account: Account, schedule: NewSchedule, surplus: Decimal, at: datetime) -> None:
    # Not before there is more money than is owed: from then on the schedule counts, and all of the money.
    day = max(schedule.counts_from, account.last_paid_on or schedule.counts_from)
    charge = new_charge(
        account,
        kind=ChargeKind.FEE,
        amount=surplus,
        due_on=day,
        note=KEPT,
        recorded_by=uow.context.actor_id,
        at=at,
        business_date=day,
    )
    ledger.add_charge(uow.connection, charge)
    change = replays.derive(uow, account, at=at, schedule=schedule)
    version = charge.account_version
    replays.write(uow, change, version=version + 1)
    publish_charge(uow, charge, account, change.account_after(version=version), action="CHARGE_ADDED")
    replays.publish_replay(uow, change, version=version + 1)


def _take_away(uow: UnitOfWork, account: Account, schedule_version: int) -> None:
    change = {
        "schedule_version": schedule_version,
        "outstanding": ZERO,
        "outstanding_principal": ZERO,
    }
    removed = account_updates.forget_schedule(uow.connection, account.loan_id)
    counts.remove_instalments(uow.connection, account.officer_id, removed)
    account_updates.update_account(uow.connection, account.loan_id, change)

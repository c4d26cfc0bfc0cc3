"""A repayment is taken back: nothing is deleted, an entry of the opposite amount is added."""

from datetime import date, datetime
from uuid import UUID

from services.payments.domain.facts import RepaymentKind
from services.payments.events import RepaymentReversed
from services.payments.models.rows import LoanInShort, RepaymentInFull
from services.payments.queries import accounts, counts, ledger, repayments
from services.payments.shapes.repayments import RepaymentScalars
from services.payments.steps import replays
from services.payments.steps.replays import Change
from shared import institution
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import Conflict, Forbidden, NotFound
from shared.ids import new_id
from shared.wire import money


class RepaymentNotFound(NotFound):
    """No such repayment, or not one of a loan this actor may see."""


class ReversalsAreOff(Forbidden):
    """The institution does not take repayments back."""


class ReversalIsFinal(Conflict):
    """A reversal is not reversed: the money is recorded again instead."""


class AlreadyReversed(Conflict):
    """The repayment was taken back before."""


def reverse_repayment(
    uow: UnitOfWork,
    *,
    by: Actor,
    repayment_id: UUID,
    reason: str,
    at: datetime,
    business_date: date,
    is_always_allowed: bool = False,
) -> RepaymentInFull:
    """Take a repayment back, replay its loan without it, and publish both; returns the entry that was added.

    Its day is the business date: a past day keeps what it showed. A loan that owes again runs again. It needs the
    institution's setting `allowRepaymentReversal`, unless `is_always_allowed`.
    Raises ReversalsAreOff, RepaymentNotFound, ReversalIsFinal, AlreadyReversed.
    """
    if not is_always_allowed and institution.setting(uow.connection, "allowRepaymentReversal") is not True:
        raise ReversalsAreOff("Reversing repayments is switched off in the settings.")
    account = accounts.account_of_repayment(uow.connection, repayment_id)
    repayment = repayments.repayment_in_scope(uow.connection, by, repayment_id) if account else None
    if account is None or repayment is None:
        raise RepaymentNotFound("Repayment not found")
    if repayment.reversal_of_id:
        raise ReversalIsFinal("A reversal cannot be reversed. Record the payment again instead.")
    if repayment.reversed_by_id:
        raise AlreadyReversed("This repayment was already reversed.")

    reversal = _reversal(repayment, account.version + 1, by, reason, at, business_date)
    ledger.add_repayment(uow.connection, reversal)
    change = replays.derive(uow, account, at=at)
    is_moved = bool(change.moved - {repayment_id})
    replays.write(uow, change, version=reversal.account_version + is_moved)
    counts.add(uow.connection, counts.REPAYMENTS, account.officer_id, {reversal.method: 1})
    _publish(uow, repayment, reversal, change, reason)
    if is_moved:
        replays.publish_replay(uow, change, version=reversal.account_version + 1)
    return reversal


def _reversal(
    repayment: RepaymentInFull, version: int, by: Actor, reason: str, at: datetime, business_date: date
) -> RepaymentInFull:
    return RepaymentInFull(
        id=new_id(),
        loan_id=repayment.loan_id,
        officer_id=repayment.officer_id,
        amount=-repayment.amount,
        currency=repayment.currency,
        method=repayment.method,
        paid_at=at,
        paid_on=business_date,
        recorded_at=at,
        business_date=business_date,
        reference=None,
        notes=reason,
        received_by=by.id,
        meant_for_instalment_id=None,
        account_version=version,
        kind=RepaymentKind.REVERSAL.value,
        reversal_of_id=repayment.id,
        receiver_email=by.email,
        receiver_role=by.role.value,
    )


def _publish(
    uow: UnitOfWork,
    repayment: RepaymentInFull,
    reversal: RepaymentInFull,
    change: Change[LoanInShort],
    reason: str,
) -> None:
    account, version = change.account, reversal.account_version
    uow.publish(
        RepaymentReversed(
            aggregate_id=account.loan_id,
            version=version,
            reversal_id=reversal.id,
            repayment_id=repayment.id,
            loan_id=account.loan_id,
            union_id=account.union_id,
            amount=repayment.amount,
            currency=repayment.currency,
            method=repayment.method,
            reason=reason,
            reversed_by=reversal.received_by,
            reversed_at=reversal.paid_at,
            recorded_at=reversal.recorded_at,
            paid_on=reversal.paid_on,
            account=change.account_after(version=version),
        )
    )
    uow.audit(
        action="REPAYMENT_REVERSED",
        entity_name="Repayment",
        entity_id=repayment.id,
        before=RepaymentScalars.of(repayment),
        after=RepaymentScalars.of(reversal),
        metadata={"loanNumber": account.loan_number, "reason": reason, "outstanding": money(account.outstanding)},
    )

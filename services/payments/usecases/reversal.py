"""A repayment is taken back: nothing is deleted, an entry of the opposite amount is added."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.payments import steps, wire
from services.payments.domain.facts import RepaymentKind
from services.payments.events import RepaymentReversed
from services.payments.models.ledger import Row
from services.payments.queries import accounts, counts, ledger, repayments
from services.payments.steps import Change
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
) -> Row:
    """Take a repayment back, replay its loan without it, and tell the others; returns the entry that was added.

    Its day is the business date: a past day keeps what it showed. A loan that owes again runs again. It needs the
    institution's setting `allowRepaymentReversal`, unless `is_always_allowed`.
    Raises ReversalsAreOff, RepaymentNotFound, ReversalIsFinal, AlreadyReversed.
    """
    if not is_always_allowed and institution.setting(uow.connection, "allowRepaymentReversal") is not True:
        raise ReversalsAreOff("Reversing repayments is switched off in the settings.")
    account = accounts.account_of_repayment(uow.connection, repayment_id)
    repayment = account and repayments.repayment_in_scope(uow.connection, by, repayment_id)
    if account is None or repayment is None:
        raise RepaymentNotFound("Repayment not found")
    if repayment["reversal_of_id"]:
        raise ReversalIsFinal("A reversal cannot be reversed. Record the payment again instead.")
    if repayment["reversed_by_id"]:
        raise AlreadyReversed("This repayment was already reversed.")

    reversal = _reversal(repayment, by, reason, at, business_date) | {"account_version": account["version"] + 1}
    ledger.add_repayment(uow.connection, reversal)
    change = steps.derive(uow, account, at=at)
    is_moved = bool(change.moved - {repayment_id})
    steps.write(uow, change, version=reversal["account_version"] + is_moved)
    counts.add(uow.connection, counts.REPAYMENTS, account["officer_id"], {reversal["method"]: 1})
    _tell(uow, repayment, reversal, change)
    if is_moved:
        steps.tell_replayed(uow, change, version=reversal["account_version"] + 1)
    return reversal


def _reversal(repayment: Row, by: Actor, reason: str, at: datetime, business_date: date) -> dict[str, Any]:
    same = ("loan_id", "officer_id", "currency", "method")
    return {name: repayment[name] for name in same} | {
        "id": new_id(),
        "amount": -repayment["amount"],
        "paid_at": at,
        "paid_on": business_date,
        "recorded_at": at,
        "business_date": business_date,
        "reference": None,
        "notes": reason,
        "received_by": by.id,
        "meant_for_instalment_id": None,
        "kind": RepaymentKind.REVERSAL.value,
        "reversal_of_id": repayment["id"],
        "reversed_by_id": None,
        "receiver_email": by.email,
        "receiver_role": by.role.value,
    }


def _tell(uow: UnitOfWork, repayment: Row, reversal: Mapping[str, Any], change: Change) -> None:
    account, version = change.account, reversal["account_version"]
    uow.publish(
        RepaymentReversed(
            aggregate_id=account["loan_id"],
            version=version,
            reversal_id=reversal["id"],
            repayment_id=repayment["id"],
            loan_id=account["loan_id"],
            union_id=account["union_id"],
            amount=repayment["amount"],
            currency=repayment["currency"],
            method=repayment["method"],
            reason=reversal["notes"],
            reversed_by=reversal["received_by"],
            reversed_at=reversal["paid_at"],
            recorded_at=reversal["recorded_at"],
            paid_on=reversal["paid_on"],
            account=steps.account_after(change, version=version),
        )
    )
    uow.audit(
        action="REPAYMENT_REVERSED",
        entity_name="Repayment",
        entity_id=repayment["id"],
        before=wire.repayment(repayment),
        after=wire.repayment(reversal),
        metadata={
            "loanNumber": account["loan_number"],
            "reason": reversal["notes"],
            "outstanding": money(account["outstanding"]),
        },
    )

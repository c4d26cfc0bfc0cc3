"""Payments that come at the same time for different loans, recorded in as many statements as one of them takes."""

from collections.abc import Callable, Sequence
from uuid import UUID

from services.payments.domain.reference import is_made_by_client
from services.payments.models.ledger import Row
from services.payments.queries import accounts, repayments
from services.payments.usecases.receiving import Incoming, Payment, Recorded, check_payment, needs_replay, receive
from shared.context import Role
from shared.db import UnitOfWork
from shared.errors import DomainError


def record_together(
    uow: UnitOfWork, payments: Sequence[Payment], begin: Callable[[Payment], None]
) -> dict[UUID, Recorded]:
    """Record those that only take money off their loans, by the ids of the payments; each as it would be alone.

    Left out is whatever needs a closer look: what is refused, repeated or has its loan replayed, the second payment of
    a loan, and one whose loan somebody else is changing just now. Nothing is waited for, so that one does not keep the
    others waiting. `begin` is called before a payment is told to the others.
    """
    first = {payment.loan_id: payment for payment in reversed(payments)}
    there = accounts.free_accounts_for_update(uow.connection, list(first))
    plain = [payment for payment in first.values() if _is_plain(payment, there.get(payment.loan_id))]
    todo = _without_repeated(uow, plain)
    if not todo:
        return {}
    reached = accounts.instalments_reached_by(uow.connection, {payment.loan_id: payment.amount for payment in todo})
    incoming = [
        Incoming(payment, there[payment.loan_id], reached[payment.loan_id])
        for payment in todo
        if _is_meant_for_one_of(payment, reached[payment.loan_id])
    ]
    return {one.repayment["id"]: one for one in receive(uow, incoming, begin)}


def _is_plain(payment: Payment, account: Row | None) -> bool:
    if account is None or (payment.by.role is not Role.ADMIN and account["officer_id"] != payment.by.id):
        return False
    try:
        check_payment(account, payment)
    except DomainError:
        return False
    return not needs_replay(account, payment)


def _without_repeated(uow: UnitOfWork, payments: Sequence[Payment]) -> list[Payment]:
    """Without those whose reference, made by the web client, stands on a payment of their loan already."""
    references = {
        (payment.loan_id, payment.reference)
        for payment in payments
        if payment.reference and is_made_by_client(payment.reference)
    }
    there = repayments.repayments_by_reference(uow.connection, references)
    return [payment for payment in payments if (payment.loan_id, payment.reference) not in there]


def _is_meant_for_one_of(payment: Payment, reached: Sequence[Row]) -> bool:
    meant_for = payment.meant_for_instalment_id
    return meant_for is None or any(row["instalment_id"] == meant_for for row in reached)

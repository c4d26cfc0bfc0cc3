"""What payments tells of a loan's account, kept to be shown with the loan; and what it means for the loan's life."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row

from services.lending import steps
from services.lending.domain.loan import LoanAction, LoanStatus, is_possible
from services.lending.models import Loan
from services.lending.queries import accounts
from shared.db import UnitOfWork
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing, Data

Fact = tuple[Data, Envelope]
Loans = Mapping[UUID, Row[tuple[UUID, LoanStatus, int]]]


def follow_repayments(uow: UnitOfWork, told: Sequence[Fact]) -> None:
    """Keep repayments and what is owed after them. The first on an approved loan disburses it, the last completes it.

    Raises CauseMissing when a loan, or the repayment that disburses it, has not been heard of.
    """
    facts = _in_order(told)
    loans = _locked_loans(uow, facts)
    first_ones = _first_on_approved(loans, facts)
    _keep_accounts(uow, facts)
    repayments = [repayment | {"version": repayment["account"]["version"]} for repayment, _ in facts]
    accounts.add_repayments(uow.session, repayments)
    for repayment, envelope in facts:
        uow.cause, uow.context = envelope.id, envelope.context()
        if envelope.id in first_ones:
            _disburse(uow, repayment)
        _complete(uow, repayment, at=repayment["recorded_at"], paid_at=repayment["paid_at"])


def follow_replays(uow: UnitOfWork, told: Sequence[Fact]) -> None:
    """Keep where the repayments of a loan went when its schedule was replaced, and what is owed now.

    Raises CauseMissing when the loan or one of the repayments has not been heard of.
    """
    facts = _in_order(told)
    _locked_loans(uow, facts)
    moved = {
        repayment["repayment_id"]: repayment | {"version": replay["account"]["version"]}
        for replay, _ in facts
        for repayment in replay["repayments"]
    }
    if moved.keys() - accounts.known_repayments(uow.session, moved.keys()):
        raise CauseMissing("a repayment that was put on a new schedule is not known yet")
    _keep_accounts(uow, facts)
    accounts.reallocate(uow.session, list(moved.values()))
    for replay, envelope in facts:
        uow.cause, uow.context = envelope.id, envelope.context()
        _complete(uow, replay, at=envelope.occurred_at, paid_at=envelope.occurred_at)


def _in_order(told: Sequence[Fact]) -> list[Fact]:
    return sorted(told, key=lambda fact: fact[0]["account"]["version"])


def _locked_loans(uow: UnitOfWork, facts: Sequence[Fact]) -> Loans:
    wanted = {data["loan_id"] for data, _ in facts}
    loans = accounts.locked_accounts(uow.session, wanted)
    if missing := wanted - loans.keys():
        raise CauseMissing(f"loans not known yet: {', '.join(map(str, missing))}")
    return loans


def _first_on_approved(loans: Loans, facts: Sequence[Fact]) -> set[UUID]:
    """The events of repayments that disburse their loan. Only the first repayment says when that was, so a later one
    that overtook it has to wait."""
    firsts: dict[UUID, UUID] = {}
    for repayment, envelope in facts:
        loan = loans[repayment["loan_id"]]
        if loan.status is LoanStatus.APPROVED and loan.id not in firsts:
            if repayment["account"]["version"] != loan.account_version + 1:
                raise CauseMissing(f"an earlier repayment of loan {loan.id} is not known yet")
            firsts[loan.id] = envelope.id
    return set(firsts.values())


def _keep_accounts(uow: UnitOfWork, facts: Sequence[Fact]) -> None:
    """Of several facts about the same loan or instalment the newest, which comes last, counts."""
    newest = {data["loan_id"]: data["account"] | {"loan_id": data["loan_id"]} for data, _ in facts}
    settled = {
        line["instalment_id"]: line | {"at": envelope.occurred_at, "version": data["account"]["version"]}
        for data, envelope in facts
        for line in data["account"]["instalments"]
    }
    accounts.keep_accounts(uow.session, list(newest.values()))
    accounts.settle(uow.session, list(settled.values()))


def _disburse(uow: UnitOfWork, repayment: Data) -> None:
    loan = uow.session.get_one(Loan, repayment["loan_id"])
    paid_on, paid_at = repayment["paid_on"], repayment["paid_at"]
    steps.disburse_by_payment(uow, loan, paid_on=paid_on, paid_at=paid_at, at=repayment["recorded_at"])


def _complete(uow: UnitOfWork, fact: Data, *, at: datetime, paid_at: datetime) -> None:
    """Close the loan when nothing is owed and nothing newer says otherwise; one that people ended stays as it is."""
    if not fact["account"]["settled"]:
        return
    loan = uow.session.get_one(Loan, fact["loan_id"])
    if loan.account_version == fact["account"]["version"] and is_possible(loan.status, LoanAction.COMPLETE):
        steps.complete(uow, loan, at=at, closed_at=paid_at)

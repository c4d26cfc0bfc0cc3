"""What payments tells of a loan's account, kept to be shown with the loan; and what it means for the loan's life."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.lending.domain.loan import LoanAction, LoanStatus, is_possible
from services.lending.models import Loan
from services.lending.queries import accounts
from services.lending.queries.accounts import Known
from services.lending.steps import closure, disbursement
from shared.db import UnitOfWork
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing, Data

Fact = tuple[Data, Envelope]
Loans = Mapping[UUID, Row[Known]]

RECORDED = "payments.repayment.recorded.v1"
REVERSED = "payments.repayment.reversed.v1"
# Money was accepted on a loan that payments knew as approved or active; undoing that step was on its way.
_NOT_YET_ACTIVE = frozenset({LoanStatus.APPROVED, LoanStatus.PENDING_APPROVAL})


def follow_accounts(uow: UnitOfWork, told: Sequence[Fact]) -> None:
    """Keep repayments and reversals, where they went, and what falls due and is owed after them.

    The first repayment on an approved loan disburses it, what settles a loan completes it, and what makes a completed
    one owe again reopens it. Raises CauseMissing when a loan, or an earlier fact something builds on, has not been
    heard of.
    """
    facts = sorted(told, key=lambda fact: fact[0]["account"]["version"])
    loans = _locked_loans(uow, facts)
    first_ones = _first_on_approved(loans, facts)
    _keep_repayments(uow, facts)
    _keep_accounts(uow, facts)
    for data, envelope in facts:
        uow.cause, uow.context = envelope.id, envelope.context()
        if envelope.id in first_ones:
            _disburse(uow, data)
        if data["account"]["settled"] or is_possible(loans[data["loan_id"]].status, LoanAction.REOPEN):
            _close_or_reopen(uow, data, envelope)


def _locked_loans(uow: UnitOfWork, facts: Sequence[Fact]) -> Loans:
    wanted = {data["loan_id"] for data, _ in facts}
    loans = accounts.locked_accounts(uow.session, wanted)
    if missing := wanted - loans.keys():
        waiting = [envelope.id for data, envelope in facts if data["loan_id"] in missing]
        raise CauseMissing("the loan is not known yet", waiting)
    return loans


def _first_on_approved(loans: Loans, facts: Sequence[Fact]) -> set[UUID]:
    """The events of repayments that disburse their loan, or bring a deleted one back. Only the first repayment says
    when that was, so a later fact that overtook it has to wait."""
    firsts: dict[UUID, UUID] = {}
    waiting: list[UUID] = []
    heard = {loan.id: loan.account_version for loan in loans.values()}
    for data, envelope in facts:
        loan, version = loans[data["loan_id"]], data["account"]["version"]
        if loan.id in firsts or not (loan.status in _NOT_YET_ACTIVE or loan.deleted_at):
            continue
        if version <= heard[loan.id]:
            # Told again. What it meant for the loan has happened, and may have been undone since.
            continue
        if version > heard[loan.id] + 1:
            waiting.append(envelope.id)
            continue
        heard[loan.id] = version
        if envelope.type == RECORDED:
            firsts[loan.id] = envelope.id
    if waiting:
        raise CauseMissing("an earlier fact of the account of the loan is not known yet", waiting)
    return set(firsts.values())


def _keep_repayments(uow: UnitOfWork, facts: Sequence[Fact]) -> None:
    """Of several facts about where the same repayment went the newest, which comes last, counts."""
    received, moved = [], {}
    for data, envelope in facts:
        version = {"version": data["account"]["version"]}
        if envelope.type == RECORDED:
            received.append(data | version)
        elif envelope.type == REVERSED:
            received.append(_reversal(data) | version)
            moved[data["repayment_id"]] = {"repayment_id": data["repayment_id"], "allocations": []} | version
        for repayment in data.get("repayments", ()):
            moved[repayment["repayment_id"]] = repayment | version
    accounts.add_repayments(uow.session, received)
    if moved and (unknown := moved.keys() - accounts.known_repayments(uow.session, moved.keys())):
        waiting = [envelope.id for data, envelope in facts if unknown & _moved_by(data, envelope)]
        raise CauseMissing("a repayment that was reversed or moved is not known yet", waiting)
    accounts.reallocate(uow.session, list(moved.values()))


def _moved_by(data: Data, envelope: Envelope) -> set[UUID]:
    """The repayments that went elsewhere by this fact."""
    taken_back = {data["repayment_id"]} if envelope.type == REVERSED else set()
    return taken_back | {repayment["repayment_id"] for repayment in data.get("repayments", ())}


def _reversal(data: Data) -> dict[str, Any]:
    same = ("loan_id", "currency", "method", "recorded_at")
    return {name: data[name] for name in same} | {
        "repayment_id": data["reversal_id"],
        "amount": -data["amount"],
        "paid_at": data["reversed_at"],
        "reference": None,
        "notes": data["reason"],
        "received_by": data["reversed_by"],
        "kind": "REVERSAL",
        "reversal_of_id": data["repayment_id"],
        "allocations": [],
    }


def _keep_accounts(uow: UnitOfWork, facts: Sequence[Fact]) -> None:
    """Of several facts about the same loan or instalment the newest, which comes last, counts."""
    newest = {data["loan_id"]: data["account"] | {"loan_id": data["loan_id"]} for data, _ in facts}
    settled: dict[UUID, dict[str, Any]] = {}
    for data, envelope in facts:
        account = data["account"]
        place = {"loan_id": data["loan_id"], "schedule_version": account["schedule_version"]}
        for line in account["instalments"]:
            # A repayment in order tells only what is paid; what falls due stays as an earlier fact told it.
            before = settled.get(line["instalment_id"], {})
            news = {name: value for name, value in line.items() if value is not None or name == "closed_at"}
            # What payments says of its instalments itself, which an answer of either shows.
            at = {"at": data.get("recorded_at", envelope.occurred_at), "version": account["version"]}
            settled[line["instalment_id"]] = before | news | place | at
    accounts.keep_accounts(uow.session, list(newest.values()))
    accounts.settle(uow.session, list(settled.values()))


def _disburse(uow: UnitOfWork, repayment: Data) -> None:
    loan = uow.session.get_one(Loan, repayment["loan_id"])
    paid_on, paid_at, at = repayment["paid_on"], repayment["paid_at"], repayment["recorded_at"]
    if loan.deleted_at:
        closure.bring_back(uow, loan, at=at)
    if loan.status in _NOT_YET_ACTIVE:
        disbursement.disburse_by_payment(uow, loan, paid_on=paid_on, paid_at=paid_at, at=at)


def _close_or_reopen(uow: UnitOfWork, fact: Data, envelope: Envelope) -> None:
    """Close the loan when nothing is owed and nothing newer says otherwise, reopen it when something is; one that
    people ended stays as it is."""
    account = fact["account"]
    loan = uow.session.get_one(Loan, fact["loan_id"])
    if loan.account_version != account["version"]:
        return
    at = fact.get("recorded_at", envelope.occurred_at)
    if account["settled"] and is_possible(loan.status, LoanAction.COMPLETE):
        closed_at = account["closed_at"] or fact.get("paid_at", envelope.occurred_at)
        closure.complete(uow, loan, at=at, closed_at=closed_at)
    elif not account["settled"] and is_possible(loan.status, LoanAction.REOPEN):
        closure.reopen(uow, loan, at=at)

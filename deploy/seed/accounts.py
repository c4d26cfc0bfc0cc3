"""Writes the history of a loan into the tables of every service that knows it."""

from collections import Counter
from dataclasses import fields
from typing import Any

from msgspec.json import decode

from deploy.seed.book import Book
from deploy.seed.history import IN_TIME, History, Line
from services.identity.consumers import CLOSED
from services.lending.events import LoanUpdated
from services.lending.queries import counts as lending_counts
from services.membership.queries import counts as membership_counts
from services.payments.consumers import LoanEvent, loan_facts, published_schedule
from services.payments.domain.account import LISTED, LoanFacts, LoanStatus, account_status
from services.payments.queries import counts as payments_counts
from services.payments.queries.past_schedules import schedule_values
from services.reporting.domain import portfolio
from services.reporting.queries.portfolio import loan_values, repayment_values
from services.reporting.steps import loan_events
from services.reporting.steps.loan_events import brought_by
from shared.messaging.events import Envelope
from shared.money import ZERO
from shared.tally import EVERYBODY

_FACTS = tuple(field.name for field in fields(LoanFacts))


def write_history(book: Book, history: History) -> None:
    """Add a loan, its schedule and its repayments to the next batch of each schema."""
    loan = history.loan
    row = {"loan_id": loan.id, "member_id": loan.member_id, "status": loan.status, "version": loan.version}
    book.schemas["membership"].add("member_loans", row)
    book.schemas["membership"].count(membership_counts.LOAN, (loan.union_id,), membership_counts.LIVE)
    _write_to_identity(book, history)
    _write_to_lending(book, history)
    _write_to_payments(book, history)
    _write_to_reporting(book, history)


def _write_to_identity(book: Book, history: History) -> None:
    loan = history.loan
    row = {
        "loan_id": loan.id,
        "member_id": loan.member_id,
        "is_open": loan.status not in CLOSED,
        "changed_at": loan.updated_at,
        "version": loan.version,
    }
    book.schemas["identity"].add("loan_of_member", row)


def _write_to_lending(book: Book, history: History) -> None:
    lending, loan = book.schemas["lending"], history.loan
    lending.add_object("loans", loan)
    lending.count(lending_counts.LOAN, (EVERYBODY, loan.officer_id), loan.status)
    if loan.loan_type_id:
        lending.count(lending_counts.LOAN_OF_TYPE, (loan.loan_type_id,), "live")
    for line in history.lines:
        row = {
            "id": line.id,
            "loan_id": loan.id,
            "sequence": line.sequence,
            "due_on": line.due_on,
            "principal": line.principal,
            "interest": line.interest,
            "penalty": ZERO,
            "fee": ZERO,
            "is_charge_line": False,
            "paid": line.paid,
            "status": line.status,
            "closed_at": line.closed_at,
            "account_version": line.account_version,
            "created_at": line.made_at,
            "updated_at": line.changed_at,
        }
        lending.add("instalments", row)
    for received in history.received:
        lending.add("loan_repayments", received.repayment | IN_TIME | {"allocations": received.published_allocations})


def _write_to_payments(book: Book, history: History) -> None:
    payments, loan = book.schemas["payments"], history.loan
    # The first schedule decides whether there is anything to owe on.
    outstanding = loan.outstanding if history.lines else ZERO
    status = account_status(LoanStatus(loan.status), paid=loan.paid, outstanding=outstanding)
    account = {
        "loan_id": loan.id,
        "officer_id": loan.officer_id,
        "status": status,
        "facts_version": loan.version,
        "schedule_version": loan.schedule_version,
        "version": loan.account_version,
        "paid": loan.paid,
        "outstanding": outstanding,
        "outstanding_principal": history.outstanding_principal,
        "last_paid_on": max((received.repayment["paid_on"] for received in history.received), default=None),
    }
    facts = loan_facts(decode(LoanUpdated.of(loan).data_in_json(), type=LoanEvent), is_deleted=False)
    # A trigger makes `facts` of the other columns.
    payments.add("loan_accounts", {**_values(facts), "union_id": loan.union_id, "facts": None} | account)
    for line in history.lines:
        payments.add("instalments", _instalment(history, line, is_listed=status in LISTED))
    for envelope in history.published:
        if envelope.source == "lending":
            schedule = published_schedule(decode(envelope.contents, type=LoanEvent), envelope)
            if schedule is not None:
                payments.add("loan_schedules", schedule_values(schedule))
    owners = (EVERYBODY, loan.officer_id)
    if status in LISTED:
        kinds = Counter(payments_counts.PAID if line.closed_at else payments_counts.OPEN for line in history.lines)
        for kind, number in kinds.items():
            payments.count(payments_counts.INSTALMENTS, owners, kind, number)
    for received in history.received:
        payments.add("repayments", received.repayment | IN_TIME)
        payments.count(payments_counts.REPAYMENTS, owners, received.repayment["method"])
        for posting in received.postings:
            payments.add_object("allocations", posting)


def _values(facts: LoanFacts) -> dict[str, Any]:
    # Not asdict, which makes copies of what is inside, for twice the time that writing a loan takes.
    return {name: getattr(facts, name) for name in _FACTS}


def _instalment(history: History, line: Line, *, is_listed: bool) -> dict[str, object]:
    return {
        "id": line.id,
        "loan_id": history.loan.id,
        "officer_id": history.loan.officer_id,
        "is_listed": is_listed,
        "sequence": line.sequence,
        "due_on": line.due_on,
        "penalty": ZERO,
        "fee": ZERO,
        "interest": line.interest,
        "interest_rebated": ZERO,
        "is_charge_line": False,
        "principal": line.principal,
        "penalty_paid": ZERO,
        "fee_paid": ZERO,
        "interest_paid": line.interest_paid,
        "principal_paid": line.principal_paid,
        "status": line.status,
        "closed_at": line.closed_at,
        "created_at": line.made_at,
        "updated_at": line.changed_at,
    }


def _write_to_reporting(book: Book, history: History) -> None:
    """What reporting makes of the events of the loan."""
    reporting = book.schemas["reporting"]
    brought = brought_by([(_read(envelope), envelope) for envelope in history.published], book.zone)
    loan = portfolio.Loan(history.loan.id)
    for _, facts in brought.facts:
        loan = portfolio.with_facts(loan, facts)
    for _, account in brought.accounts:
        loan = portfolio.with_account(loan, account)
    for _, day in brought.days():
        loan = portfolio.with_day(loan, day)
    for repayment in brought.repayments:
        loan = portfolio.with_repayment(loan, repayment)
        reporting.add("repayments", repayment_values(repayment))
    for state in brought.states:
        reporting.add_object("loan_states", state)
    for schedule in brought.schedules:
        reporting.add_object("loan_schedules", schedule)
    oldest_due_on = next((line.due_on for line in history.lines if line.closed_at is None), None)
    reporting.add("portfolio_loans", loan_values(loan) | {"oldest_due_on": oldest_due_on})
    book.add_to_sums(portfolio.loan_parts(loan))


def _read(envelope: Envelope) -> loan_events.LoanEvent | loan_events.RepaymentEvent:
    if envelope.source == "payments":
        return decode(envelope.contents, type=loan_events.RepaymentEvent)
    return decode(envelope.contents, type=loan_events.LoanEvent)

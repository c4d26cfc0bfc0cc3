"""Payments' rows of a file of the replaced system: loan types, accounts, schedules, and every repayment.

Where money lies is worked out anew from the repayments, oldest instalment first, as for every loan here: what the
replaced system kept of that contradicted itself. Every kobo that was received is in a repayment of the same id.
"""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from services.payments.domain.account import CLOSED, LISTED, Account, LoanStatus
from services.payments.domain.facts import ChargeKind, RepaymentKind
from services.payments.domain.instalment import InstalmentStatus
from services.payments.models.rows import AllocationRow, ChargeRow, InstalmentRow, RepaymentRow
from services.payments.queries import counts
from services.payments.queries.ledger import Ledger
from services.payments.steps.replays import Change, MorePaidThanOwed, derived
from shared.money import ZERO
from shared.takeover.book import METHODS, Book, PlacedLoan
from shared.takeover.part import Rows
from shared.takeover.records import Record, id_beside

OWNED = ("repaymentScheduleItems", "repayments")
SURPLUS = "Received beyond what was owed"
TAKEN_BACK = "Deleted in the system before"
# Computed by the database, or known by the row it belongs to.
_NOT_COLUMNS = frozenset({"total", "paid", "amount", "sequence", "due_on"})
_OF_WAIVERS = frozenset({"reason", "waived_by", "waived_at", "waived_on", "reversed_by_id"})


def make_rows(book: Book) -> Rows:
    """The rows of a file. Raises Unreadable."""
    rows = Rows(OWNED)
    rows.add("loan_types", _loan_types(book))
    for loan in book.loans.values():
        _add_loan(book, rows, loan)
    listed = [row for row in rows.tables["instalments"] if row["is_listed"]]
    rows.count(
        (counts.INSTALMENTS, row["officer_id"], counts.PAID if row["closed_at"] else counts.OPEN) for row in listed
    )
    rows.count((counts.REPAYMENTS, row["officer_id"], row["method"]) for row in rows.tables["repayments"])
    return rows


def _loan_types(book: Book) -> Iterator[dict[str, Any]]:
    for one in book.records("loanTypes"):
        yield {
            "id": one.id,
            "name": one.text("name"),
            "description": one.maybe_text("description"),
            "min_amount": one.money("minAmount"),
            "max_amount": one.money("maxAmount"),
            "term_unit": one.text("termUnit"),
            "min_term": one.count("minTerm"),
            "max_term": one.count("maxTerm"),
            "is_active": one.flag("isActive", otherwise=True) and not one.is_deleted,
            "created_at": one.moment("createdAt"),
            "updated_at": one.moment("updatedAt"),
            "version": 1,
        }


def _add_loan(book: Book, rows: Rows, loan: PlacedLoan) -> None:
    account, ledger = _account(book, loan), Ledger()
    _record_charges(loan, account, ledger)
    _record_repayments(loan, account, ledger)
    if loan.instalments and not loan.record.is_deleted:
        ledger.instalments = [_instalment(account, line) for line in loan.instalments]
        change = _replayed(account, loan, ledger)
        account = change.account
        rows.add("instalments", (_without(asdict(row), {"total", "paid"}) for row in change.instalments))
        parts = [part for of_repayment in change.allocations.values() for part in of_repayment]
        rows.add("allocations", (_allocation(part) for part in parts))
    version = 0 if loan.record.is_deleted else len(ledger.charges) + len(ledger.repayments)
    # Lending publishes what it has of the loan in a version above this.
    rows.add("loan_accounts", [{**asdict(account), "version": version, "facts_version": 1}])
    rows.add("charges", (_without(asdict(row), _OF_WAIVERS) for row in ledger.charges))
    rows.add("repayments", (asdict(row) for row in ledger.repayments))


def _without(values: dict[str, Any], names: frozenset[str] | set[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def _allocation(part: AllocationRow) -> dict[str, Any]:
    row = _without(asdict(part), _NOT_COLUMNS)
    return row | {"id": id_beside(part.repayment_id, f"on {part.instalment_id}")}


def _replayed(account: Account, loan: PlacedLoan, ledger: Ledger) -> Change[Account]:
    """The account with its money on the schedule; more than is owed stays as a fee, so that it is settled exactly."""
    at = loan.last_paid_at or loan.record.moment("updatedAt")
    closed_at = account.closed_at or at
    try:
        return derived(account, ledger, at=at, closed_at=closed_at)
    except MorePaidThanOwed as error:
        day = max(one.paid_on for one in ledger.live_repayments)
        version = len(ledger.charges) + len(ledger.repayments) + 1
        name = "surplus"
        ledger.charges.append(_charge(account, loan.record, name, error.surplus, day, SURPLUS, at, version))
        return derived(account, ledger, at=at, closed_at=closed_at)


def _account(book: Book, loan: PlacedLoan) -> Account:
    one = loan.record
    loan_type_id, status = one.maybe_ref("loanTypeId"), LoanStatus(loan.status)
    started = status in LISTED - {LoanStatus.APPROVED} or status is LoanStatus.WRITTEN_OFF
    first = min((repayment.moment("paidAt") for repayment in loan.repayments), default=None)
    disbursed_at = (one.maybe_moment("disbursedAt") or first or one.moment("startDate")) if started else None
    closed_at = one.maybe_moment("closedAt") or loan.last_paid_at or one.moment("updatedAt")
    return Account(
        loan_id=one.id,
        loan_number=one.text("loanNumber"),
        member_id=loan.member.record.id,
        union_id=loan.member.union_id,
        officer_id=loan.member.officer_id,
        loan_type_id=loan_type_id if loan_type_id in book.loan_type_ids else None,
        created_by=one.ref("createdByUserId"),
        principal=one.money("principalAmount"),
        currency=one.text("currencyCode", "NGN"),
        status=status.value,
        lending_status=status.value,
        disbursed_at=disbursed_at,
        closed_at=closed_at if status in CLOSED else None,
        term_count=one.count("termCount"),
        term_unit=one.text("termUnit"),
        start_on=one.day("startDate"),
        end_on=loan.instalments[-1].day("dueDate") if loan.instalments else one.maybe_day("endDate"),
        annual_rate=ZERO,
        processing_fee=one.money("processingFeeAmount"),
        processing_fee_collected=one.flag("processingFeeCollected"),
        penalty_per_day=one.money("penaltyFeePerDayAmount"),
        interest_method="FLAT",
        rounding="HALF_UP",
        rebates_unearned_interest=False,
        base_on=one.day("startDate") if loan.instalments else None,
        disbursed_on=one.day_of(disbursed_at) if disbursed_at else None,
        submitted_at=None,
        approved_at=None,
        approved_by=None,
        disbursement_method=None,
        disbursement_reference=None,
        notes=one.maybe_text("notes"),
        created_at=one.moment("createdAt"),
        updated_at=one.moment("updatedAt"),
        daily_penalty=ZERO,
        penalty_grace_days=0,
        is_deleted=one.is_deleted,
        facts_version=1,
        schedule_version=1 if loan.instalments and not one.is_deleted else 0,
        version=0,
        paid=ZERO,
        outstanding=ZERO,
        outstanding_principal=ZERO,
        last_paid_on=None,
    )


def _instalment(account: Account, line: Record) -> InstalmentRow:
    """A line of the schedule on which nothing is paid; fees on it are charges of their own."""
    principal, interest = line.money("principalDue"), line.money("interestDue")
    return InstalmentRow(
        id=line.id,
        loan_id=account.loan_id,
        officer_id=account.officer_id,
        is_listed=False,
        sequence=line.count("sequence"),
        due_on=line.day("dueDate"),
        penalty=ZERO,
        fee=ZERO,
        interest=interest,
        interest_rebated=ZERO,
        is_charge_line=False,
        principal=principal,
        total=principal + interest,
        penalty_paid=ZERO,
        fee_paid=ZERO,
        interest_paid=ZERO,
        principal_paid=ZERO,
        paid=ZERO,
        status=InstalmentStatus.PENDING.value,
        closed_at=None,
        created_at=line.moment("createdAt"),
        updated_at=line.moment("updatedAt"),
    )


def _record_charges(loan: PlacedLoan, account: Account, ledger: Ledger) -> None:
    for line in loan.instalments:
        if fee := line.money("feeDue"):
            version, at = len(ledger.charges) + 1, line.moment("createdAt")
            ledger.charges.append(_charge(account, line, "fee", fee, line.day("dueDate"), None, at, version))


def _charge(
    account: Account, of: Record, name: str, amount: Decimal, due_on: Any, note: str | None, at: datetime, version: int
) -> ChargeRow:
    return ChargeRow(
        id=id_beside(of.id, name),
        loan_id=account.loan_id,
        kind=ChargeKind.FEE.value,
        due_on=due_on,
        amount=amount,
        note=note,
        recorded_by=None,
        recorded_at=at,
        business_date=of.day_of(at),
        account_version=version,
        late_instalment_id=None,
        repayment_id=None,
    )


def _record_repayments(loan: PlacedLoan, account: Account, ledger: Ledger) -> None:
    """The repayments in the order they came, then what took some of them back."""
    received = sorted(
        (*loan.repayments, *(one for one, _ in loan.taken_back)), key=lambda one: (one.moment("createdAt"), one.id)
    )
    version = len(ledger.charges)
    for one in received:
        version += 1
        ledger.repayments.append(_repayment(account, one, version))
    by_id = {row.id: row for row in ledger.repayments}
    for one, at in sorted(loan.taken_back, key=lambda pair: (pair[1], pair[0].id)):
        version += 1
        ledger.repayments.append(_reversal(by_id[one.id], one, at, version))


def _repayment(account: Account, one: Record, version: int) -> RepaymentRow:
    paid_at, recorded_at = one.moment("paidAt"), one.moment("createdAt")
    is_recovery = account.status == LoanStatus.WRITTEN_OFF and account.closed_at and recorded_at > account.closed_at
    return RepaymentRow(
        id=one.id,
        loan_id=account.loan_id,
        officer_id=account.officer_id,
        amount=one.money("amount"),
        currency=one.text("currencyCode", "NGN"),
        method=one.choice("method", METHODS),
        paid_at=paid_at,
        paid_on=one.day_of(paid_at),
        recorded_at=recorded_at,
        business_date=one.day_of(recorded_at),
        reference=one.maybe_text("reference"),
        notes=one.maybe_text("notes"),
        received_by=one.ref("receivedByUserId"),
        meant_for_instalment_id=None,
        account_version=version,
        kind=(RepaymentKind.RECOVERY if is_recovery else RepaymentKind.REPAYMENT).value,
        reversal_of_id=None,
    )


def _reversal(repayment: RepaymentRow, one: Record, at: datetime, version: int) -> RepaymentRow:
    return replace(
        repayment,
        id=id_beside(one.id, "reversal"),
        amount=-repayment.amount,
        paid_at=at,
        paid_on=one.day_of(at),
        recorded_at=at,
        business_date=one.day_of(at),
        reference=None,
        notes=TAKEN_BACK,
        account_version=version,
        kind=RepaymentKind.REVERSAL.value,
        reversal_of_id=repayment.id,
    )

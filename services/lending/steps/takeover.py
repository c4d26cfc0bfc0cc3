"""Lending's rows of a file of the replaced system: loan types, and loans with the schedules they have.

What is paid on them is not in these rows: payments has the money, and publishes it when all is taken over.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from services.lending.domain.conditions import NO_CHARGES
from services.lending.domain.loan import FINAL, RUNNING, LoanStatus
from services.lending.domain.progress import InstalmentStatus
from services.lending.domain.terms import NO_INTEREST, TermUnit
from services.lending.queries.counts import LOAN, LOAN_OF_TYPE
from services.lending.shapes.conditions import USUAL_OVERRIDES
from shared.money import ZERO
from shared.takeover.book import Book, PlacedLoan
from shared.takeover.part import Rows
from shared.takeover.records import Record

OWNED = ("loanTypes", "loans", "loanDocuments")
_UNITS = {unit.value: unit.value for unit in TermUnit}
_DISBURSED = frozenset({LoanStatus.ACTIVE, LoanStatus.COMPLETED, LoanStatus.DEFAULTED, LoanStatus.WRITTEN_OFF})
# The replaced system knew no interest beside what stands in schedules, and no conditions but these two amounts.
_CONDITIONS = {**asdict(NO_INTEREST), **asdict(NO_CHARGES)}


def make_rows(book: Book) -> Rows:
    """The rows of a file. Raises Unreadable."""
    rows = Rows(OWNED)
    rows.add("loan_types", _loan_types(book))
    rows.add("loans", _loans(book))
    rows.add("instalments", (line for loan in book.loans.values() for line in _instalments(loan)))
    numbers = [int(row["loan_number"].removeprefix("LN")) for row in rows.tables["loans"]]
    rows.sequences["loan_number_seq"] = max(numbers, default=0)
    live = [row for row in rows.tables["loans"] if not row["deleted_at"]]
    rows.count((LOAN, row["officer_id"], row["status"]) for row in live)
    typed = [row for row in live if row["loan_type_id"]]
    rows.count(((LOAN_OF_TYPE, row["loan_type_id"], "live") for row in typed), for_everybody=False)
    for document in book.records("loanDocuments"):
        if not document.is_deleted:
            book.find("loanDocuments", "their bytes are not in the file")
    return rows


def _loan_types(book: Book) -> Iterator[dict[str, Any]]:
    for one in book.records("loanTypes"):
        yield {
            **_CONDITIONS,
            "name": one.text("name"),
            "description": one.maybe_text("description"),
            "min_amount": one.money("minAmount"),
            "max_amount": one.money("maxAmount"),
            "term_unit": one.choice("termUnit", _UNITS),
            "min_term": one.count("minTerm"),
            "max_term": one.count("maxTerm"),
            "allowed_overrides": list(USUAL_OVERRIDES),
            "is_active": one.flag("isActive", otherwise=True),
            **_life(one),
        }


def _loans(book: Book) -> Iterator[dict[str, Any]]:
    with_running: set[UUID] = set()
    for loan in book.loans.values():
        row = _loan(book, loan)
        if row["status"] in RUNNING and not row["deleted_at"]:
            # A member has one running loan; another one may run beside it that was taken for repaid.
            row["is_reopened"] = row["member_id"] in with_running
            with_running.add(row["member_id"])
        yield row


def _loan(book: Book, loan: PlacedLoan) -> dict[str, Any]:
    one, status = loan.record, LoanStatus(loan.status)
    loan_type_id, lines = one.maybe_ref("loanTypeId"), loan.instalments
    principal, created_by = one.money("principalAmount"), one.ref("createdByUserId")
    if loan_type_id and loan_type_id not in book.loan_type_ids:
        book.find("loans", "their loan type is not in the file: they are without one")
        loan_type_id = None
    disbursed_at = _disbursed_at(loan) if status in _DISBURSED else None
    interest = sum((line.money("interestDue") for line in lines), ZERO)
    return {
        **_CONDITIONS,
        "loan_number": one.text("loanNumber"),
        "member_id": loan.member.record.id,
        "union_id": loan.member.union_id,
        "officer_id": loan.member.officer_id,
        "loan_type_id": loan_type_id,
        "principal": principal,
        "currency": one.text("currencyCode", "NGN"),
        "term_count": one.count("termCount"),
        "term_unit": one.choice("termUnit", _UNITS),
        "start_on": one.day("startDate"),
        "end_on": lines[-1].day("dueDate") if lines else one.maybe_day("endDate") or one.day("startDate"),
        "base_on": one.day("startDate") if lines else None,
        "interest_total": interest,
        "processing_fee": one.money("processingFeeAmount"),
        "penalty_per_day": one.money("penaltyFeePerDayAmount"),
        "processing_fee_collected": one.flag("processingFeeCollected"),
        "status": status.value,
        "created_by": created_by,
        "disbursed_on": one.day_of(disbursed_at) if disbursed_at else None,
        "disbursed_at": disbursed_at,
        "disbursed_amount": principal if disbursed_at else None,
        "closed_at": _closed_at(loan) if status in FINAL else None,
        "notes": one.maybe_text("notes"),
        "schedule_version": 1 if lines else 0,
        "outstanding": sum((line.money("principalDue") for line in lines), ZERO) + interest if lines else principal,
        "makers": [str(created_by)],
        **_life(one),
    }


def _disbursed_at(loan: PlacedLoan) -> datetime:
    first = min((one.moment("paidAt") for one in loan.repayments), default=None)
    return loan.record.maybe_moment("disbursedAt") or first or loan.record.moment("startDate")


def _closed_at(loan: PlacedLoan) -> datetime:
    return loan.record.maybe_moment("closedAt") or loan.last_paid_at or loan.record.moment("updatedAt")


def _instalments(loan: PlacedLoan) -> Iterator[dict[str, Any]]:
    for line in loan.instalments:
        yield {
            "id": line.id,
            "loan_id": loan.record.id,
            "sequence": line.count("sequence"),
            "due_on": line.day("dueDate"),
            "principal": line.money("principalDue"),
            "interest": line.money("interestDue"),
            "paid": ZERO,
            "status": InstalmentStatus.PENDING.value,
            "created_at": line.moment("createdAt"),
            "updated_at": line.moment("updatedAt"),
        }


def _life(one: Record) -> dict[str, Any]:
    return {
        "id": one.id,
        "version": 1,
        "created_at": one.moment("createdAt"),
        "updated_at": one.moment("updatedAt"),
        "deleted_at": one.maybe_moment("deletedAt"),
    }

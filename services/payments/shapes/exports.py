"""Lists of payments as tables to be saved."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from services.payments.domain.arrears import days_in_arrears, is_overdue, status_shown
from services.payments.domain.instalment import InstalmentStatus
from services.payments.shapes.repayments import number_of_receipt
from shared.files.columns import Column, Kind, Row
from shared.files.table import Letterhead, Table
from shared.files.totals import Summed
from shared.words import full_name, in_words

_PEOPLE = (
    Column("memberCode", "Code"),
    Column("memberName", "Member"),
    Column("memberPhone", "Phone"),
    Column("unionName", "Union"),
    Column("officerName", "Credit officer"),
)
_REPAYMENTS = (
    Column("paidOn", "Paid on", Kind.DAY),
    Column("receiptNumber", "Receipt"),
    Column("loanNumber", "Loan"),
    *_PEOPLE,
    Column("kind", "Kind"),
    Column("method", "Method"),
    Column("reference", "Reference"),
    Column("amount", "Amount", Kind.AMOUNT),
    Column("penaltyAmount", "Penalty", Kind.AMOUNT),
    Column("feeAmount", "Fee", Kind.AMOUNT),
    Column("interestAmount", "Interest", Kind.AMOUNT),
    Column("principalAmount", "Principal", Kind.AMOUNT),
    Column("reversedOn", "Taken back on", Kind.DAY),
    Column("receivedBy", "Received by"),
    Column("recordedAt", "Recorded", Kind.MOMENT),
    Column("notes", "Notes"),
)
_INSTALMENTS = (
    Column("dueDate", "Due on", Kind.DAY),
    Column("loanNumber", "Loan"),
    *_PEOPLE,
    Column("sequence", "No.", Kind.COUNT),
    Column("penaltyDue", "Penalty", Kind.AMOUNT),
    Column("feeDue", "Fee", Kind.AMOUNT),
    Column("interestDue", "Interest", Kind.AMOUNT),
    Column("principalDue", "Principal", Kind.AMOUNT),
    Column("totalDue", "Total", Kind.AMOUNT),
    Column("paidAmount", "Paid", Kind.AMOUNT),
    Column("owed", "Still owed", Kind.AMOUNT),
    Column("status", "Status"),
    Column("daysOverdue", "Days overdue", Kind.COUNT),
)


def table_of_repayments(rows: Iterable[Any], letterhead: Letterhead) -> Table:
    """Repayments and reversals, whose sum is what was received less what was taken back."""
    summed = Summed(_REPAYMENTS, (_repayment(row) for row in rows))
    return Table(title="Repayments", columns=_REPAYMENTS, rows=summed, totals=summed.totals, letterhead=letterhead)


def table_of_instalments(rows: Iterable[Any], letterhead: Letterhead, *, today: date) -> Table:
    """Instalments as they stand today."""
    summed = Summed(_INSTALMENTS, (_instalment(row, today) for row in rows))
    return Table(
        title="Repayment schedules", columns=_INSTALMENTS, rows=summed, totals=summed.totals, letterhead=letterhead
    )


def _repayment(row: Any) -> Row:
    return (
        row.paid_on,
        number_of_receipt(row.loan_number, row.account_version),
        row.loan_number,
        *_people(row),
        in_words(row.kind),
        in_words(row.method),
        row.reference,
        row.amount,
        row.penalty,
        row.fee,
        row.interest,
        row.principal,
        row.reversed_on,
        full_name(row.receiver_first_name, row.receiver_last_name) or row.receiver_email,
        row.recorded_at,
        row.notes,
    )


def _instalment(row: Any, today: date) -> Row:
    status = InstalmentStatus(row.status)
    late = is_overdue(status, row.due_on, on=today)
    return (
        row.due_on,
        row.loan_number,
        *_people(row),
        row.sequence,
        row.penalty,
        row.fee,
        row.interest,
        row.principal,
        row.total,
        row.paid,
        row.total - row.paid,
        in_words(status_shown(status, row.due_on, on=today)),
        days_in_arrears([row.due_on], on=today) if late else 0,
    )


def _people(row: Any) -> Row:
    return (
        row.member_code,
        full_name(row.member_first_name, row.member_last_name),
        row.member_phone,
        row.union_name,
        full_name(row.officer_first_name, row.officer_last_name),
    )

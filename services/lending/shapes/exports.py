"""The list of loans as a table to be saved."""

from collections.abc import Iterable
from typing import Any

from shared.files.columns import Column, Kind, Row
from shared.files.table import Letterhead, Table
from shared.files.totals import Summed
from shared.words import full_name, in_words

_LOANS = (
    Column("loanNumber", "Loan"),
    Column("memberCode", "Code"),
    Column("memberName", "Member"),
    Column("memberPhone", "Phone"),
    Column("unionName", "Union"),
    Column("officerName", "Credit officer"),
    Column("loanTypeName", "Loan type"),
    Column("status", "Status"),
    Column("principalAmount", "Principal", Kind.AMOUNT),
    Column("interestTotal", "Interest", Kind.AMOUNT),
    Column("processingFeeAmount", "Processing fee", Kind.AMOUNT),
    Column("interestRate", "Rate a year", Kind.PERCENT),
    Column("termCount", "Term", Kind.COUNT),
    Column("termUnit", "Unit of term"),
    Column("startDate", "Starts on", Kind.DAY),
    Column("endDate", "Ends on", Kind.DAY),
    Column("disbursedOn", "Disbursed on", Kind.DAY),
    Column("totalPaid", "Paid", Kind.AMOUNT),
    Column("outstanding", "Still owed", Kind.AMOUNT),
    Column("createdAt", "Created", Kind.MOMENT),
)


def table_of_loans(rows: Iterable[Any], letterhead: Letterhead) -> Table:
    """Loans with what is paid and still owed of each."""
    summed = Summed(_LOANS, (_loan(row) for row in rows))
    return Table(title="Loans", columns=_LOANS, rows=summed, totals=summed.totals, letterhead=letterhead)


def _loan(row: Any) -> Row:
    return (
        row.loan_number,
        row.member_code,
        full_name(row.member_first_name, row.member_last_name),
        row.member_phone,
        row.union_name,
        full_name(row.officer_first_name, row.officer_last_name) or row.officer_email,
        row.type_name,
        in_words(row.status),
        row.principal,
        row.interest_total,
        row.processing_fee,
        row.annual_rate * 100,
        row.term_count,
        in_words(row.term_unit),
        row.start_on,
        row.end_on,
        row.disbursed_on,
        row.paid,
        row.outstanding,
        row.created_at,
    )

"""From rows to the wire. Written by hand, because a list of loans dumped through schemas costs ten times as much; a
test holds every shape against its schema in `answers.py`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from services.lending.domain.conditions import PenaltyMode
from services.lending.domain.loan import PAID_OUT, RUNNING, LoanStatus
from services.lending.domain.progress import (
    Arrears,
    Debt,
    InstalmentStatus,
    arrears,
    completion,
    days_overdue,
    is_overdue,
    next_due,
    status_on,
)
from services.lending.queries.relations import types
from services.lending.wire import loan_scalars, loan_type_scalars
from shared.money import ZERO
from shared.wire import PublicFile, day, money, number, timestamp, told_day, told_instant

Wire = dict[str, Any]


NO_DOCUMENTS: Mapping[str, list[Wire]] = {"documents": [], "guarantors": []}


def loan_type_row(loan_type: Any, loans: int) -> Wire:
    """LoanTypeRow."""
    return loan_type_scalars(loan_type) | {"_count": {"loans": loans}}


def loan_row(row: Any) -> Wire:
    """LoanRow."""
    member = {
        "id": row.member_id,
        "code": row.member_code,
        "firstName": row.member_first_name,
        "lastName": row.member_last_name,
        "email": row.member_email,
        "phone": row.member_phone,
    }
    union = {"id": row.union_id, "name": row.union_name, "location": row.union_location}
    loan_type = row.loan_type_id and {
        "id": row.loan_type_id,
        "name": row.type_name,
        "minAmount": money(row.type_min_amount),
        "maxAmount": money(row.type_max_amount),
    }
    counts = {"repayments": row.repayment_count, "scheduleItems": row.instalment_count}
    return _loan(row, member, union) | {"loanType": loan_type, "_count": counts}


def loan_detail(
    row: Any,
    documents: Mapping[str, list[Wire]],
    instalments: Sequence[Any] | None,
    repayments: Sequence[Any] | None,
    today: date,
) -> Wire:
    """LoanDetail with `documents` and `guarantors`; without schedule and repayments (None) where the status of the loan
    does not show them."""
    union = {
        "id": row.union_id,
        "name": row.union_name,
        "location": row.union_location,
        "address": row.union_address,
        "creditOfficerId": row.officer_id,
        "creditOfficer": _officer(row),
        "createdAt": timestamp(row.union_created_at),
        "updatedAt": timestamp(row.union_updated_at),
    }
    counts = {
        "repayments": row.repayment_count,
        "scheduleItems": row.instalment_count,
        "documents": row.document_count,
    }
    detail = _loan(row, _member(row), union) | {
        "loanType": _loan_type(row),
        **documents,
        "_count": counts,
    }
    if instalments is not None and repayments is not None:
        detail["scheduleItems"] = [schedule_item(line, today) for line in instalments]
        reversals = {entry.reversal_of_id: entry.id for entry in repayments if entry.reversal_of_id}
        detail["repayments"] = [_repayment(entry, reversals.get(entry.id)) for entry in repayments]
    return detail


def schedule_item(line: Any, today: date) -> Wire:
    """ScheduleItem as it stands on a day. The web client knows three parts, so `feeDue` holds the penalties too;
    `penaltyDue` says how much of it they are."""
    late = is_overdue(line.status, line.due_on, today)
    return {
        "id": line.id,
        "loanId": line.loan_id,
        "sequence": line.sequence,
        "dueDate": day(line.due_on),
        "principalDue": money(line.principal),
        "interestDue": money(line.interest),
        "feeDue": money(line.fee + line.penalty),
        "penaltyDue": money(line.penalty),
        "totalDue": money(_due(line)),
        "paidAmount": money(line.paid),
        "status": status_on(line.status, line.due_on, today),
        "isOverdue": late,
        "daysOverdue": days_overdue(line.due_on, today) if late else 0,
        "closedAt": timestamp(line.closed_at),
        "createdAt": timestamp(line.created_at),
        "updatedAt": timestamp(line.updated_at),
        "deletedAt": None,
    }


def schedule_with_allocations(instalments: Iterable[Any], repayments: Iterable[Any], today: date) -> list[Wire]:
    """The schedule of a loan, each item with what was paid on it, in the order of payment."""
    paid: dict[str, list[Wire]] = {}
    for repayment in sorted(repayments, key=lambda repayment: (repayment.paid_at, repayment.id)):
        for part in repayment.allocations:
            paid.setdefault(part["instalment_id"], []).append(_allocation(part, repayment))
    return [schedule_item(line, today) | {"allocations": paid.get(str(line.id), [])} for line in instalments]


def loan_summary(loan: Any, instalments: Sequence[Any], today: date) -> Wire:
    """How a loan stands on a day. Only a running loan has something late or still to come."""
    open_lines = [line for line in instalments if loan.status in RUNNING and line.status is not InstalmentStatus.PAID]
    debts = [Debt(line.due_on, _due(line) - line.paid) for line in open_lines]
    late, coming = arrears(debts, today), next_due(debts, today)
    expected = loan.paid + loan.outstanding
    return {
        "loanId": loan.id,
        "loanNumber": loan.loan_number,
        "status": loan.status,
        "principalAmount": number(loan.principal),
        "totalInterest": number(loan.interest_total),
        "totalExpected": number(expected),
        "totalPaid": number(loan.paid),
        "totalOutstanding": number(loan.outstanding),
        "overdueAmount": number(late.amount),
        "overdueCount": late.count,
        "daysOverdue": late.days,
        "completionPercentage": number(completion(loan.paid, expected)),
        "processingFeeAmount": number(loan.processing_fee),
        "penaltyAccrued": number(_penalty(loan, instalments, late)),
        "nextDueDate": day(coming.due_on) if coming else None,
        "nextDueAmount": number(coming.outstanding if coming else ZERO),
    }


def _penalty(loan: Any, instalments: Iterable[Any], late: Arrears) -> Decimal:
    """What was charged for being late; where it is only shown, what it would be beyond the days of grace."""
    if loan.penalty_mode is PenaltyMode.CHARGED:
        return sum((line.penalty for line in instalments), ZERO)
    return Decimal(loan.penalty_per_day * max(0, late.days - loan.penalty_grace_days))


def _due(line: Any) -> Decimal:
    """All that falls due on a line."""
    return Decimal(line.principal + line.interest + line.fee + line.penalty)


_STATS_NAMES = {LoanStatus.PENDING_APPROVAL: "pending", LoanStatus.WRITTEN_OFF: "writtenOff"}


def loan_stats(rows: Sequence[Any]) -> Wire:
    """LoanStats, from the sums of each status."""
    counts = {row.status: row.count for row in rows}
    owed = sum((row.outstanding for row in rows if row.status in PAID_OUT), ZERO)
    return {
        "total": sum(counts.values()),
        **{_STATS_NAMES.get(status, status.value.lower()): counts.get(status, 0) for status in LoanStatus},
        "overdue": sum(row.overdue for row in rows),
        "totalAmount": number(sum((row.principal for row in rows), ZERO)),
        "totalPaid": number(sum((row.paid for row in rows), ZERO)),
        "outstandingAmount": number(owed),
    }


def _loan(row: Any, member: Wire, union: Wire) -> Wire:
    """What every loan shows, under its present names and under those of the web client's older pages."""
    creator = _staff_ref(
        row.created_by, row.creator_email, row.creator_first_name, row.creator_last_name, row.creator_role
    )
    return loan_scalars(row) | {
        "unionMember": member,
        "customer": member | {"phone": member["phone"] or ""},
        "union": union,
        "branch": union,
        "assignedOfficer": _officer(row),
        "createdByUser": creator,
        "createdBy": creator,
        "totalPaid": number(row.paid),
        "totalOutstanding": number(row.outstanding),
    }


def _member(row: Any) -> Wire:
    """All scalars of a member, from the details the directory keeps as they were told."""
    details = row.member_details
    return {
        "id": row.member_id,
        "code": row.member_code,
        "firstName": row.member_first_name,
        "lastName": row.member_last_name,
        "email": row.member_email,
        "phone": row.member_phone,
        "address": details.get("address"),
        "dateOfBirth": told_day(details.get("date_of_birth")),
        "gender": details.get("gender"),
        "maritalStatus": details.get("marital_status"),
        "profession": details.get("profession"),
        "company": details.get("company"),
        "city": details.get("city"),
        "state": details.get("state"),
        "country": details.get("country"),
        "zipCode": details.get("zip_code"),
        "note": details.get("note"),
        "profileImage": PublicFile.url(details.get("profile_image")),
        "isVerified": details.get("is_verified", True),
        "unionId": row.union_id,
        "branchId": row.union_id,
        "currentOfficerId": row.officer_id,
        "createdAt": told_instant(details.get("created_at")),
        "updatedAt": told_instant(details.get("updated_at")),
    }


def _loan_type(row: Any) -> Wire | None:
    if row.loan_type_id is None:
        return None
    return loan_type_scalars(SimpleNamespace(**{column.name: getattr(row, f"type_{column.name}") for column in types}))


def _officer(row: Any) -> Wire:
    return _staff_ref(
        row.officer_id, row.officer_email, row.officer_first_name, row.officer_last_name, row.officer_role
    )


def _staff_ref(user_id: UUID, email: str, first_name: str | None, last_name: str | None, role: str) -> Wire:
    return {"id": user_id, "firstName": first_name, "lastName": last_name, "email": email, "role": role}


def _repayment(row: Any, reversed_by_id: UUID | None) -> Wire:
    recorded_at = timestamp(row.recorded_at)
    return {
        "id": row.id,
        "loanId": row.loan_id,
        "receivedByUserId": row.received_by,
        "amount": money(row.amount),
        "currencyCode": row.currency,
        "paidAt": timestamp(row.paid_at),
        "method": row.method,
        "reference": row.reference,
        "notes": row.notes,
        "kind": row.kind,
        "reversalOfId": row.reversal_of_id,
        "reversedById": reversed_by_id,
        "createdAt": recorded_at,
        "updatedAt": recorded_at,
        "deletedAt": None,
        "receivedBy": {
            "id": row.received_by,
            "firstName": row.receiver_first_name,
            "lastName": row.receiver_last_name,
            "email": row.receiver_email,
        },
    }


def _allocation(part: Mapping[str, str], repayment: Any) -> Wire:
    names = ("penalty", "fee", "interest", "principal")
    # What was told before there were charges names only two parts.
    penalty, fee, interest, principal = (Decimal(part.get(name, "0")) for name in names)
    return {
        "id": part["allocation_id"],
        "repaymentId": repayment.id,
        "scheduleItemId": part["instalment_id"],
        "amount": money(penalty + fee + interest + principal),
        "penaltyAmount": money(penalty),
        "feeAmount": money(fee),
        "interestAmount": money(interest),
        "principalAmount": money(principal),
        "createdAt": timestamp(repayment.recorded_at),
        "repayment": {
            "id": repayment.id,
            "amount": money(repayment.amount),
            "paidAt": timestamp(repayment.paid_at),
            "method": repayment.method,
        },
    }

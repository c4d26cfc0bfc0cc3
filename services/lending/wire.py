"""How loans and loan types look to the world outside: their own fields, for answers and for the audit trail alike.

Ids stay as they are: what writes the JSON knows them.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from services.lending.domain.conditions import Charges, Conditions
from services.lending.domain.terms import Interest, Terms
from services.lending.models import ChargeColumns, InterestColumns, Loan, LoanDocument, LoanType, Reschedule
from shared.documents.wire import document, document_scalars
from shared.wire import day, money, timestamp

Wire = dict[str, Any]

# What clients call the conditions that a loan may be allowed to say for itself.
CONDITION_NAMES: Mapping[str, str] = {
    "annual_rate": "interestRate",
    "interest_method": "interestMethod",
    "amortization": "amortization",
    "day_count": "dayCount",
    "repay_every": "repayEvery",
    "first_due_on": "firstDueDate",
    "principal_grace": "principalGrace",
    "interest_grace": "interestGrace",
    "instalment_multiple": "instalmentMultiple",
    "rounding": "rounding",
    "processing_fee": "processingFeeAmount",
    "processing_fee_rate": "processingFeePercent",
    "penalty_per_day": "penaltyFeePerDayAmount",
    "penalty_grace_days": "penaltyGraceDays",
    "penalty_mode": "penaltyMode",
    "deducts_fee": "deductFeeFromDisbursement",
    "rebates_unearned_interest": "rebateUnearnedInterest",
}
# What the application form of the web client says with every loan, and the day of the first instalment.
USUAL_OVERRIDES = ("interestRate", "processingFeeAmount", "penaltyFeePerDayAmount", "firstDueDate")


def loan_type_scalars(loan_type: LoanType | Any) -> Wire:
    """The fields of a loan type; a row with the columns of the table will do."""
    return {
        "id": loan_type.id,
        "name": loan_type.name,
        "description": loan_type.description,
        "minAmount": money(loan_type.min_amount),
        "maxAmount": money(loan_type.max_amount),
        "termUnit": loan_type.term_unit,
        "minTerm": loan_type.min_term,
        "maxTerm": loan_type.max_term,
        **_interest(loan_type),
        **_charges(loan_type),
        "allowedOverrides": loan_type.allowed_overrides,
        "isActive": loan_type.is_active,
        "createdAt": timestamp(loan_type.created_at),
        "updatedAt": timestamp(loan_type.updated_at),
        "deletedAt": None,
    }


def loan_scalars(loan: Loan | Any) -> Wire:
    """The fields of a loan, the legacy ids among them; a row with the columns of the table will do.

    The rate leaves as a percentage per year.
    """
    return {
        "id": loan.id,
        "loanNumber": loan.loan_number,
        "unionMemberId": loan.member_id,
        "customerId": loan.member_id,
        "unionId": loan.union_id,
        "branchId": loan.union_id,
        "loanTypeId": loan.loan_type_id,
        "principalAmount": money(loan.principal),
        "currencyCode": loan.currency,
        "termCount": loan.term_count,
        "termUnit": loan.term_unit,
        "startDate": day(loan.start_on),
        "endDate": day(loan.end_on),
        "firstDueDate": day(loan.first_due_on),
        **_interest(loan),
        **_charges(loan),
        "processingFeeCollected": loan.processing_fee_collected,
        "requestedAmount": _maybe_money(loan.requested_principal),
        "status": loan.status,
        "createdByUserId": loan.created_by,
        "assignedOfficerId": loan.officer_id,
        "submittedAt": timestamp(loan.submitted_at),
        "approvedAt": timestamp(loan.approved_at),
        "approvedByUserId": loan.approved_by,
        "disbursedAt": timestamp(loan.disbursed_at),
        "disbursementMethod": loan.disbursement_method,
        "disbursementReference": loan.disbursement_reference,
        "disbursedAmount": _maybe_money(loan.disbursed_amount),
        "closedAt": timestamp(loan.closed_at),
        "notes": loan.notes,
        "createdAt": timestamp(loan.created_at),
        "updatedAt": timestamp(loan.updated_at),
        "deletedAt": None,
    }


def terms_scalars(terms: Terms, conditions: Conditions) -> Wire:
    """What a loan would be agreed on."""
    return {
        "principalAmount": money(terms.principal),
        "termCount": terms.term_count,
        "termUnit": terms.term_unit,
        "firstDueDate": day(terms.first_due_on),
        **_interest(terms.interest),
        **_charges(conditions.charges),
    }


def reschedule_scalars(proposal: Reschedule | Any) -> Wire:
    """The fields of a proposal to reschedule; a row with the columns of the table will do."""
    return {
        "id": proposal.id,
        "loanId": proposal.loan_id,
        "scheduleVersion": proposal.schedule_version,
        "fromDate": day(proposal.from_on),
        "termCount": proposal.term_count,
        "termUnit": proposal.term_unit,
        "firstDueDate": day(proposal.first_due_on),
        **_interest(proposal),
        "reason": proposal.reason,
        "status": proposal.status,
        "proposedByUserId": proposal.proposed_by,
        "createdAt": timestamp(proposal.proposed_at),
        "decidedByUserId": proposal.decided_by,
        "decidedAt": timestamp(proposal.decided_at),
        "decisionNotes": proposal.decision_notes,
    }


def _interest(row: Interest | InterestColumns | Any) -> Wire:
    return {
        "interestRate": money(row.annual_rate * 100),
        "interestMethod": row.interest_method,
        "amortization": row.amortization,
        "dayCount": row.day_count,
        "repayEvery": row.repay_every,
        "principalGrace": row.principal_grace,
        "interestGrace": row.interest_grace,
        "instalmentMultiple": _maybe_money(row.instalment_multiple),
        "rounding": row.rounding,
    }


def _charges(row: Charges | ChargeColumns | Any) -> Wire:
    return {
        "processingFeeAmount": money(row.processing_fee),
        "processingFeePercent": money(row.processing_fee_rate * 100),
        "penaltyFeePerDayAmount": money(row.penalty_per_day),
        "penaltyGraceDays": row.penalty_grace_days,
        "penaltyMode": row.penalty_mode,
        "deductFeeFromDisbursement": row.deducts_fee,
        "rebateUnearnedInterest": row.rebates_unearned_interest,
    }


def _maybe_money(amount: Decimal | None) -> str | None:
    return None if amount is None else money(amount)


def loan_document(row: Any, file_url: str) -> Wire:
    """Document of a loan or of a guarantor."""
    return document(row, file_url) | {"loanId": row.loan_id, "guarantorId": row.guarantor_id}


def document_snapshot(row: LoanDocument) -> Wire:
    """A document as the audit trail keeps it."""
    mine = {"loanId": row.loan_id, "guarantorId": row.guarantor_id, "guarantorName": row.guarantor_name}
    return document_scalars(row) | mine

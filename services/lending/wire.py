"""How loans and loan types look to the world outside: their own fields, for answers and for the audit trail alike.

Ids stay as they are: what writes the JSON knows them.
"""

from typing import Any

from services.lending.models import Loan, LoanType
from shared.wire import day, money, timestamp


def loan_type_scalars(loan_type: LoanType | Any) -> dict[str, Any]:
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
        "isActive": loan_type.is_active,
        "createdAt": timestamp(loan_type.created_at),
        "updatedAt": timestamp(loan_type.updated_at),
        "deletedAt": None,
    }


def loan_scalars(loan: Loan | Any) -> dict[str, Any]:
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
        "interestRate": money(loan.annual_rate * 100),
        "processingFeeAmount": money(loan.processing_fee),
        "processingFeeCollected": loan.processing_fee_collected,
        "penaltyFeePerDayAmount": money(loan.penalty_per_day),
        "status": loan.status,
        "createdByUserId": loan.created_by,
        "assignedOfficerId": loan.officer_id,
        "submittedAt": timestamp(loan.submitted_at),
        "approvedAt": timestamp(loan.approved_at),
        "approvedByUserId": loan.approved_by,
        "disbursedAt": timestamp(loan.disbursed_at),
        "disbursementMethod": loan.disbursement_method,
        "disbursementReference": loan.disbursement_reference,
        "closedAt": timestamp(loan.closed_at),
        "notes": loan.notes,
        "createdAt": timestamp(loan.created_at),
        "updatedAt": timestamp(loan.updated_at),
        "deletedAt": None,
    }

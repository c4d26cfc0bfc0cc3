"""What lending puts into a backup."""

from sqlalchemy import select

from services.lending.models import Base, Loan, LoanDocument, LoanType
from shared.backup.contents import Contents, Section, on_the_wire
from shared.documents.backup import documents
from shared.institution import metadata as settings

_LOAN_TYPES = on_the_wire(
    LoanType, "id", "name", "description", "min_amount", "max_amount", "term_unit", "min_term", "max_term", "is_active",
    "created_at", "updated_at", "deleted_at",
    interestRate="annual_rate", interestMethod="interest_method", processingFeeAmount="processing_fee",
    penaltyFeePerDayAmount="penalty_per_day",
)  # fmt: skip
_LOANS = on_the_wire(
    Loan, "id", "loan_number", "union_id", "loan_type_id", "term_count", "term_unit", "processing_fee_collected",
    "status", "submitted_at", "approved_at", "disbursed_at", "disbursement_method", "disbursement_reference",
    "closed_at", "notes", "created_at", "updated_at", "deleted_at",
    unionMemberId="member_id", principalAmount="principal", currencyCode="currency", startDate="start_on",
    endDate="end_on", processingFeeAmount="processing_fee", penaltyFeePerDayAmount="penalty_per_day",
    interestRate="annual_rate", createdByUserId="created_by", assignedOfficerId="officer_id",
    approvedByUserId="approved_by",
)  # fmt: skip

CONTENTS = Contents(
    service="lending",
    metadata=[Base.metadata, settings],
    sections=[
        Section("loanTypes", _LOAN_TYPES),
        Section("loans", _LOANS),
        Section("loanDocuments", documents(LoanDocument, loanId="loan_id", guarantorId="guarantor_id")),
    ],
    files=[select(LoanDocument.key)],
)

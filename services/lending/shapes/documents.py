"""What is shown of the documents of loans and of their guarantors."""

from services.lending.shapes.loans import LoanDocument, LoanScalars
from shared import shapes
from shared.documents import shapes as documents


class DocumentOfLoan(LoanDocument):
    """A document with its loan, whose row is given."""

    loan = shapes.nested(LoanScalars, of=shapes.given("loan"))


class DocumentSnapshot(documents.DocumentFacts):
    """A document as the audit trail keeps it."""

    loanId = shapes.identifier()
    guarantorId = shapes.text(maybe=True)
    guarantorName = shapes.text(maybe=True)

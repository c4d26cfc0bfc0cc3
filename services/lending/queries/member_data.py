"""What lending keeps about a member: their loans with what was agreed, planned, paid and written about them."""

from sqlalchemy import select

from services.lending.models import EndedSchedule, Instalment, Loan, LoanDocument, LoanRepayment, Reschedule
from shared.backup.contents import Section
from shared.member_data import MEMBER, records

_THEIRS = select(Loan.id).where(Loan.member_id == MEMBER)

SECTIONS = (
    Section("loans", records(Loan).where(Loan.member_id == MEMBER)),
    Section("instalments", records(Instalment).where(Instalment.loan_id.in_(_THEIRS))),
    Section("repayments", records(LoanRepayment).where(LoanRepayment.loan_id.in_(_THEIRS))),
    Section("reschedules", records(Reschedule).where(Reschedule.loan_id.in_(_THEIRS))),
    Section("formerSchedules", records(EndedSchedule).where(EndedSchedule.loan_id.in_(_THEIRS))),
    Section("documents", records(LoanDocument, "key").where(LoanDocument.loan_id.in_(_THEIRS))),
)

"""The steps in the life of a loan: each is taken on a locked loan, checked, recorded, counted, told and audited."""

from services.lending.steps.closure import LoanHasPayments, StillOwed, bring_back, complete, delete, reopen
from services.lending.steps.decision import MoreThanRequested, ReasonMissing, approve, submit, undo_approval
from services.lending.steps.disbursement import (
    BooksClosed,
    check_books,
    disburse,
    disburse_again,
    disburse_by_payment,
    undo_disbursement,
)
from services.lending.steps.schedule import MorePaidThanDue, plan, put_lines, refuse_less_than_paid, write_schedule
from services.lending.steps.separation import (
    check_change,
    check_decision,
    is_refused,
    needs_four_eyes,
    note_maker,
    person_of,
)
from services.lending.steps.transition import (
    TOLD,
    LoanNotFound,
    RunningLoanExists,
    changing,
    refuse_second_loan,
    seen_loan,
    take_step,
)
from services.lending.steps.undo import AlreadyPaid, AlreadyRescheduled, refuse_rescheduled

__all__ = [
    "TOLD",
    "AlreadyPaid",
    "AlreadyRescheduled",
    "BooksClosed",
    "LoanHasPayments",
    "LoanNotFound",
    "MorePaidThanDue",
    "MoreThanRequested",
    "ReasonMissing",
    "RunningLoanExists",
    "StillOwed",
    "approve",
    "bring_back",
    "changing",
    "check_books",
    "check_change",
    "check_decision",
    "complete",
    "delete",
    "disburse",
    "disburse_again",
    "disburse_by_payment",
    "is_refused",
    "needs_four_eyes",
    "note_maker",
    "person_of",
    "plan",
    "put_lines",
    "refuse_less_than_paid",
    "refuse_rescheduled",
    "refuse_second_loan",
    "reopen",
    "seen_loan",
    "submit",
    "take_step",
    "undo_approval",
    "undo_disbursement",
    "write_schedule",
]

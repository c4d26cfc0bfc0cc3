"""What is shown of proposals to reschedule beside their loans."""

from services.lending.domain.loan import LoanStatus
from services.lending.shapes.loans import MemberRef, StaffRef
from services.lending.shapes.schedules import RescheduleScalars
from shared import shapes
from shared.directory import shapes as directory


class WaitingReschedule(RescheduleScalars):
    """A proposal that waits for a decision, with its loan and who proposed it."""

    loanNumber = shapes.text()
    loanStatus = shapes.choice(LoanStatus)
    totalOutstanding = shapes.number(of="outstanding")
    unionMember = shapes.nested(MemberRef, "member_")
    union = shapes.nested(directory.UnionRef, "union_")
    assignedOfficer = shapes.nested(StaffRef, "officer_")
    proposedBy = shapes.nested(StaffRef, "proposer_", id="proposed_by")

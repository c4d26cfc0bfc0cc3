"""What payments puts into a backup."""

from sqlalchemy import Select, Text, cast

from services.payments.models.collection import closed_days
from services.payments.models.ledger import Money, allocations, instalments, repayments
from services.payments.models.receipts import receipt_prints
from services.payments.models.schedules import loan_schedules
from shared.backup.contents import Contents, Section, on_the_wire
from shared.institution import metadata as settings


def _schedule_items() -> Select[tuple[object, ...]]:
    items = on_the_wire(
        instalments, "id", "loan_id", "sequence", "status", "closed_at", "created_at", "updated_at",
        dueDate="due_on", principalDue="principal", interestDue="interest", totalDue="total", paidAmount="paid",
    )  # fmt: skip
    # What was of the replaced system has three parts, so the penalties are in the fee.
    fee = (instalments.c.fee + instalments.c.penalty).cast(Money)
    return items.add_columns(fee.label("feeDue"), cast(None, Text).label("deletedAt"))


def _repayments() -> Select[tuple[object, ...]]:
    received = on_the_wire(
        repayments, "id", "loan_id", "amount", "method", "paid_at", "reference", "notes", "kind",
        receivedByUserId="received_by", currencyCode="currency", reversalOfId="reversal_of_id",
        createdAt="recorded_at", updatedAt="recorded_at",
    )  # fmt: skip
    return received.add_columns(cast(None, Text).label("deletedAt"))


_ALLOCATIONS = on_the_wire(
    allocations, "id", "repayment_id", "amount", "created_at",
    scheduleItemId="instalment_id", principalAmount="principal", interestAmount="interest", feeAmount="fee",
    penaltyAmount="penalty",
)  # fmt: skip

CONTENTS = Contents(
    service="payments",
    # One metadata holds the tables of all modules, once all were read.
    metadata=[*{closed_days.metadata, loan_schedules.metadata, receipt_prints.metadata}, settings],
    sections=[
        Section("repaymentScheduleItems", _schedule_items()),
        Section("repayments", _repayments()),
        Section("repaymentAllocations", _ALLOCATIONS),
    ],
    # Who closes which part of a day is of the moment; which days are closed is not.
    left_out=frozenset({"closing_parts"}),
)

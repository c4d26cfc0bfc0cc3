"""A collection sheet is kept as handed in: who was there, and what it brought."""

from collections.abc import Sequence
from dataclasses import asdict

from services.payments.events import SheetHandedIn
from services.payments.models.rows import AttendanceRow, SheetHandedInRow
from services.payments.queries import attendance
from shared.db import UnitOfWork
from shared.messaging.events import plain


def keep_handed_in(uow: UnitOfWork, sheet: SheetHandedInRow, marks: Sequence[AttendanceRow]) -> bool:
    """Keep a sheet with who was there, publish it and put it into the audit trail; whether it brought anything new.

    One that repeats what was handed in before leaves nothing. Whoever calls this holds the locks on the accounts of the
    sheet, so that of two equal sheets at the same moment one is the first.
    """
    is_new = attendance.note_attendance(uow.connection, marks) or bool(sheet.recorded)
    if not is_new and attendance.was_handed_in(uow.connection, sheet):
        return False
    attendance.keep_sheet(uow.connection, sheet)
    facts = asdict(sheet)
    cash_count, sheet_id = facts.pop("cash_count"), facts.pop("id")
    uow.publish(SheetHandedIn(aggregate_id=sheet_id, version=1, sheet_id=sheet_id, **facts))
    uow.audit(
        action="COLLECTION_SHEET_HANDED_IN",
        entity_name="CollectionSheet",
        entity_id=sheet_id,
        after={
            "unionId": str(sheet.union_id),
            "on": sheet.day.isoformat(),
            "recorded": sheet.recorded,
            "refused": sheet.refused,
            "absent": sheet.absent,
            **plain({"amount": sheet.amount, "cash": sheet.cash, "cashCount": cash_count}),
        },
    )
    return True

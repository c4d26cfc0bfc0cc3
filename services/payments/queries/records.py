"""What is remembered of how a member pays: their instalments, and whether they come to the meetings."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Uuid, bindparam, case, func, select

from services.payments.models.collection import attendance
from services.payments.models.ledger import allocations, instalments, repayments
from services.payments.models.rows import Marks, OwedLine

_AMONG = instalments.c.loan_id == func.any(bindparam("loan_ids", type_=ARRAY(Uuid)))
# What nobody had to pay, because it was given up, was covered on its day.
_covered_on = case(
    (instalments.c.closed_at.is_not(None), func.coalesce(func.max(repayments.c.paid_on), instalments.c.due_on))
)
_LINES = (
    select(instalments.c.loan_id, instalments.c.due_on, _covered_on, instalments.c.total - instalments.c.paid)
    .outerjoin_from(instalments, allocations, allocations.c.instalment_id == instalments.c.id)
    .outerjoin(repayments, repayments.c.id == allocations.c.repayment_id)
    .where(_AMONG, ~instalments.c.is_charge_line, instalments.c.due_on <= bindparam("on"))
    .group_by(instalments.c.id)
    .order_by(instalments.c.loan_id, instalments.c.sequence)
)
_ATTENDANCE = (
    select(attendance.c.mark, func.count(), func.min(attendance.c.day), func.max(attendance.c.day))
    .where(attendance.c.member_id == bindparam("member_id"))
    .group_by(attendance.c.mark)
)


def lines_due(connection: Connection, loan_ids: Collection[UUID], on: date) -> dict[UUID, list[OwedLine]]:
    """The instalments of some loans that fell due by a day, by loan."""
    found: defaultdict[UUID, list[OwedLine]] = defaultdict(list)
    for loan_id, due_on, covered_on, owed in connection.execute(_LINES, {"loan_ids": list(loan_ids), "on": on}):
        found[loan_id].append(OwedLine(due_on, covered_on, owed))
    return found


def marks_of_member(connection: Connection, member_id: UUID) -> dict[str, Marks]:
    """What the sheets of all days say of a member, by what they say."""
    return {row[0]: Marks(*row[1:]) for row in connection.execute(_ATTENDANCE, {"member_id": member_id})}

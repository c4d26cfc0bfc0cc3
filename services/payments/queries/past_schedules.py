"""Schedules with the days on which they counted: kept as they come, and read of the loans that had several."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Date, Uuid, bindparam, delete, func, select

from services.payments.domain.instalment import Instalment
from services.payments.domain.schedules import Schedule, counted_until
from services.payments.models.ledger import loan_accounts
from services.payments.models.schedules import loan_schedules
from shared.postgres.recordset import json_rows, recordset_statement

_ADD = recordset_statement(
    "INSERT INTO loan_schedules SELECT * FROM {rows} ON CONFLICT DO NOTHING", rows=loan_schedules
)
_DAY = bindparam("day", type_=Date)
_present = loan_schedules.alias("present")
# Of loans whose only schedule counts by the day, which are nearly all, `instalments` says it as well. Where the row of
# the present one is missing, nobody knows since when it counts.
_COUNTED = (
    select(
        loan_schedules.c.loan_id,
        loan_schedules.c.version,
        loan_schedules.c.counts_from,
        loan_schedules.c.sequence,
        loan_schedules.c.due_on,
        loan_schedules.c.interest,
        loan_schedules.c.principal,
    )
    .join_from(loan_accounts, _present, _present.c.loan_id == loan_accounts.c.loan_id)
    .join(loan_schedules, loan_schedules.c.loan_id == loan_accounts.c.loan_id)
    .where(
        loan_accounts.c.loan_id == func.any(bindparam("loan_ids", type_=ARRAY(Uuid))),
        _present.c.version == loan_accounts.c.schedule_version,
        loan_schedules.c.version <= loan_accounts.c.schedule_version,
        (loan_accounts.c.schedule_version > 1) | (_present.c.counts_from > _DAY),
    )
)


def add_schedules(connection: Connection, schedules: Sequence[Schedule]) -> None:
    """Keep schedules, in whatever order they come; one that comes again changes nothing."""
    if schedules:
        connection.execute(_ADD, {"rows": json_rows([schedule_values(schedule) for schedule in schedules])})


def forget_schedules(connection: Connection, loan_id: UUID, *, above: int) -> None:
    """Forget the schedules of a loan of higher versions."""
    made = loan_schedules.c
    connection.execute(delete(loan_schedules).where(made.loan_id == loan_id, made.version > above))


def schedules_counted(connection: Connection, loan_ids: Collection[UUID], day: date) -> dict[UUID, list[Schedule]]:
    """By loan, the schedules that counted one after the other until `day`: none where there was none yet. A loan is
    left out when the present one is all that is known, and counts on any day."""
    found: defaultdict[UUID, list[Schedule]] = defaultdict(list)
    for row in connection.execute(_COUNTED, {"loan_ids": list(loan_ids), "day": day}):
        lines = zip(row.sequence, row.due_on, row.interest, row.principal, strict=True)
        found[row.loan_id].append(
            Schedule(row.loan_id, row.version, row.counts_from, [Instalment(*line) for line in lines])
        )
    return {loan_id: counted_until(schedules, day) for loan_id, schedules in found.items()}


def schedule_values(schedule: Schedule) -> Mapping[str, object]:
    """The row of a schedule."""
    return {
        "loan_id": schedule.loan_id,
        "version": schedule.version,
        "counts_from": schedule.counts_from,
        "sequence": [line.sequence for line in schedule.lines],
        "due_on": [line.due_on for line in schedule.lines],
        "interest": [line.interest for line in schedule.lines],
        "principal": [line.principal for line in schedule.lines],
    }

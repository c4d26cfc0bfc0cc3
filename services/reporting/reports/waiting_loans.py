"""Loans that wait for approval, or for their money."""

from datetime import date, datetime

from sqlalchemy import Connection

from services.reporting.queries.loan_lists import Narrowed, waiting
from services.reporting.reports import loan_rows
from services.reporting.reports.definition import WHOSE, Asked, Definition, Parameter, Report, Result
from shared.clock import business_date
from shared.fields import Day
from shared.files.columns import Column, Kind
from shared.money import ZERO, in_naira

_FOR = {"PENDING_APPROVAL": "Approval", "APPROVED": "Disbursement"}

DEFINITION = Definition(
    name="awaiting",
    title="Loans awaiting approval or disbursement",
    purpose="Which applications wait for a decision, which approved loans for their money, and for how long.",
    parameters=(*WHOSE, Parameter.PAGE),
    columns=(
        Column("waitsFor", "Waits for"),
        *loan_rows.COLUMNS,
        Column("since", "Since", Kind.DAY),
        Column("days", "Days", Kind.COUNT),
        Column("principal", "Principal", Kind.AMOUNT),
    ),
    formula="Loans as they stand now: submitted and not decided on, or approved and not disbursed. Since is the day on "
    "which the loan was submitted, or approved; days are those from then to today.",
    source="The states of loans that this platform recorded.",
    totals="Principal is the sum of all rows.",
    is_of_persons=True,
)


def read(connection: Connection, asked: Asked) -> Result:
    """One row per loan: first those that wait for approval, who waits longest first."""
    narrowed = Narrowed(officers=asked.officers, union_id=asked.union_id, loan_type_id=asked.loan_type_id)
    sums, loans = waiting(connection, narrowed, limit=asked.limit, offset=asked.offset)
    names = loan_rows.names_of(connection, loans)
    rows = []
    for loan in loans:
        since = _day(loan.approved_at or loan.submitted_at or loan.created_at)
        rows.append(
            {
                "waitsFor": _FOR[loan.status],
                **names.cells(loan),
                "since": since,
                "days": (asked.today - since).days,
                "principal": loan.principal,
            }
        )
    return Result(
        rows=rows,
        totals={"principal": sum((each.principal for each in sums), ZERO)},
        notes=[f"Awaiting {_FOR[each.key].lower()}: {each.loans:,} of {in_naira(each.principal)}." for each in sums],
        found=sum(each.loans for each in sums),
    )


def _day(moment: datetime) -> date:
    return business_date(Day.zone, moment)


REPORT = Report(DEFINITION, read)

"""What was recorded after an end of a month had been kept, and what it changes of it."""

from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row

from services.reporting.queries import corrections
from services.reporting.queries.corrections import Figures
from services.reporting.queries.names import member_names, officer_names
from services.reporting.queries.positions import Narrowed
from services.reporting.reports.definition import Asked, Definition, Parameter, Report, Result, page_of
from shared.files.columns import Column, Kind
from shared.money import ZERO

DEFINITION = Definition(
    name="corrections",
    title="Corrections of a month's end",
    purpose="What was recorded after the figures of the end of a month had been kept, though it counts from before; "
    "and by how much the figures would be others now.",
    parameters=(Parameter.AS_OF, Parameter.OFFICER, Parameter.SUPERVISOR, Parameter.PAGE),
    columns=(
        Column("monthEnd", "Month's end", Kind.DAY),
        Column("loanNumber", "Loan"),
        Column("member", "Member"),
        Column("officer", "Officer"),
        Column("cause", "What was recorded"),
        Column("recordedOn", "Recorded on", Kind.DAY),
        Column("countsFrom", "Counts from", Kind.DAY),
        Column("amount", "Amount", Kind.AMOUNT),
        Column("kept", "Outstanding principal as kept", Kind.AMOUNT),
        Column("now", "As it is now", Kind.AMOUNT),
        Column("difference", "Difference", Kind.AMOUNT),
        Column("daysLateKept", "Days late as kept", Kind.COUNT),
        Column("daysLateNow", "Days late as they are now", Kind.COUNT),
    ),
    formula="Of the last end of a month until the day that is kept: every repayment, charge and disbursement that was "
    "recorded more than a day after it and counts from it or before. Difference = outstanding principal from all that "
    "is recorded by now - outstanding principal as kept. Of a loan with several causes the figures stand in its first "
    "row.",
    source="This platform's own records.",
    totals="Kept, now and difference are sums over the loans listed.",
    is_of_persons=True,
)
_NOTHING = Figures()


def read(connection: Connection, asked: Asked) -> Result:
    """One row per cause, by loan."""
    kept = corrections.last_kept(connection, asked.as_of)
    if kept is None:
        return Result(rows=[], totals=_totals([]), notes=["No end of a month is kept until this day."])
    causes = corrections.causes(connection, kept)
    if asked.seen_by is not None:
        causes = [cause for cause in causes if cause.present_officer_id in asked.seen_by]
    narrowed = Narrowed(loan_ids={cause.loan_id for cause in causes})
    before = corrections.kept_figures(connection, kept, narrowed)
    after = corrections.present_figures(connection, kept, narrowed)
    rows: list[dict[str, Any]] = []
    for loan_id, of_loan in groupby(causes, key=lambda cause: cause.loan_id):
        then, now = before.get(loan_id, _NOTHING), after.get(loan_id, _NOTHING)
        officer_id = now.officer_id or then.officer_id
        if asked.officers is None or officer_id in asked.officers:
            rows += _rows(list(of_loan), then, now) if (then, now) != (_NOTHING, _NOTHING) else []
    _name(connection, rows)
    for row in rows:
        row["monthEnd"] = kept.day
    return Result(rows=page_of(rows, asked), totals=_totals(rows), found=len(rows))


def _rows(causes: list[Row[Any]], then: Figures, now: Figures) -> list[dict[str, Any]]:
    rows = [
        {
            "loanNumber": cause.loan_number,
            "loanId": cause.loan_id,
            "memberId": cause.member_id,
            "officerId": now.officer_id or then.officer_id,
            "cause": cause.what,
            "recordedOn": cause.recorded_on,
            "countsFrom": cause.counts_from,
            "amount": cause.amount,
        }
        for cause in causes
    ]
    rows[0] |= {
        "kept": then.outstanding_principal,
        "now": now.outstanding_principal,
        "difference": now.outstanding_principal - then.outstanding_principal,
        "daysLateKept": then.days_late,
        "daysLateNow": now.days_late,
    }
    return rows


def _name(connection: Connection, rows: list[dict[str, Any]]) -> None:
    members = member_names(connection, {row["memberId"] for row in rows})
    officers = officer_names(connection, {row["officerId"] for row in rows})
    for row in rows:
        row |= {"member": members[row["memberId"]], "officer": officers[row["officerId"]]}


def _totals(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: sum((row.get(name, ZERO) for row in rows), ZERO) for name in ("kept", "now", "difference")}


REPORT = Report(DEFINITION, read)

"""The list of loans in arrears, for those who visit and call."""

from typing import Any

from sqlalchemy import Connection, Row

from services.reporting.queries.names import phones
from services.reporting.reports.definition import WHOSE, Asked, Cells, Definition, Parameter, Report, Result
from services.reporting.reports.loan_rows import COLUMNS, names_of
from services.reporting.reports.scope import frozen_note, positions
from shared.files.columns import Column, Kind
from shared.money import ZERO

DEFINITION = Definition(
    name="arrears-list",
    title="Arrears list",
    purpose="Who is late, by how long and with how much, and how to reach them; the longest first.",
    parameters=(Parameter.AS_OF, *WHOSE, Parameter.PAGE),
    columns=(
        *COLUMNS,
        Column("phone", "Phone"),
        Column("daysLate", "Days late", Kind.COUNT),
        Column("oldestDueOn", "Unpaid since", Kind.DAY),
        Column("arrears", "Overdue", Kind.AMOUNT),
        Column("outstanding", "Outstanding", Kind.AMOUNT),
        Column("outstandingPrincipal", "Outstanding principal", Kind.AMOUNT),
    ),
    formula="Days late = the day - the due day of the oldest instalment that is not paid in full. Overdue is all that "
    "fell due before the day and is not paid. Phone numbers are those of now.",
    source="This platform's own records.",
    totals="Overdue and outstanding of all rows, also those of other pages.",
    is_of_persons=True,
)
# Whoever lost a union does not see its members any more, not even as of a day when it was theirs.
_LATE = """
    SELECT position.*, loan_id AS id, loan.loan_number, loan.member_id, count(*) OVER () AS found,
           sum(arrears) OVER () AS all_arrears, sum(position.outstanding) OVER () AS all_outstanding,
           sum(position.outstanding_principal) OVER () AS all_principal
      FROM position JOIN portfolio_loans AS loan ON loan.id = loan_id
      JOIN directory_union AS present ON present.id = loan.union_id
     WHERE days_late > 0 AND (CAST(:seen_by AS uuid[]) IS NULL OR present.officer_id = ANY(CAST(:seen_by AS uuid[])))
     ORDER BY days_late DESC, loan.loan_number, loan_id LIMIT :limit OFFSET :offset
"""


def read(connection: Connection, asked: Asked) -> Result:
    """One row per late loan."""
    seen_by = None if asked.seen_by is None else list(asked.seen_by)
    late = positions(connection, asked)
    values = {"seen_by": seen_by, "limit": asked.limit}
    found = late.read(connection, _LATE, offset=asked.offset, **values)
    # Beyond the last page the first row still has the totals.
    first = found or late.read(connection, _LATE, offset=0, **values | {"limit": 1})
    names, numbers = names_of(connection, found), phones(connection, {row.member_id for row in found})
    rows = [{**names.cells(row), **_figures(row), "phone": numbers.get(row.member_id)} for row in found]
    notes = frozen_note(connection, asked)
    return Result(rows=rows, totals=_totals(first), notes=notes, found=first[0].found if first else 0)


def _figures(row: Row[Any]) -> dict[str, Any]:
    return {
        "daysLate": row.days_late,
        "oldestDueOn": row.oldest_due_on,
        "arrears": row.arrears,
        "outstanding": row.outstanding,
        "outstandingPrincipal": row.outstanding_principal,
    }


def _totals(found: Any) -> Cells:
    first = found[0] if found else None
    return {
        "arrears": first.all_arrears if first else ZERO,
        "outstanding": first.all_outstanding if first else ZERO,
        "outstandingPrincipal": first.all_principal if first else ZERO,
    }


REPORT = Report(DEFINITION, read)

"""What keeps a report within what may be seen and is asked for: the conditions, and the page of its rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, true

from services.reporting.queries.positions import Narrowed, Positions, is_frozen, positions_on
from services.reporting.reports.definition import Asked, Cells, Result, Series, page_of


def asked_for(asked: Asked, *, officer: Any, union: Any = None, loan_type: Any = None) -> ColumnElement[bool]:
    """The condition on rows whose officer, union and loan type of the day in question are these columns."""
    conditions: list[ColumnElement[bool]] = [true()]
    if asked.officers is not None:
        conditions.append(officer.in_(asked.officers))
    if union is not None and asked.union_id is not None:
        conditions.append(union == asked.union_id)
    if loan_type is not None and asked.loan_type_id is not None:
        conditions.append(loan_type == asked.loan_type_id)
    return and_(*conditions)


def narrowed(asked: Asked) -> Narrowed:
    """The loans that positions are read of."""
    return Narrowed(officers=asked.officers, union_id=asked.union_id, loan_type_id=asked.loan_type_id)


def positions(connection: Connection, asked: Asked, *, with_arrears: bool = True) -> Positions:
    """The loans that were live at the end of the day asked for."""
    return positions_on(connection, asked.as_of, today=asked.today, narrowed=narrowed(asked), with_arrears=with_arrears)


def frozen_note(connection: Connection, asked: Asked) -> list[str]:
    """What must be known of the figures of a day that is kept."""
    if asked.as_of == asked.today or not is_frozen(connection, asked.as_of):
        return []
    return ["These figures were kept at the end of the month; corrections recorded since are in Corrections."]


def result_of_day(
    connection: Connection, asked: Asked, rows: Sequence[Cells], totals: Cells, series: Series | None = None
) -> Result:
    """What is answered of the figures of a day, with what must be known of them. `rows` are all rows."""
    notes = frozen_note(connection, asked)
    return Result(rows=page_of(rows, asked), totals=totals, series=series, notes=notes, found=len(rows))

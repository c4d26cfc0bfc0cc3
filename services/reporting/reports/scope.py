"""The conditions that keep a report within what may be seen and is asked for."""

from typing import Any

from sqlalchemy import ColumnElement, and_, true

from services.reporting.reports.definition import Asked


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

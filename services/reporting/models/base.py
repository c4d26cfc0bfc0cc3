"""What the tables of reporting share."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Column, DateTime, MetaData, Numeric, SmallInteger

from shared.postgres.tables import NAMING

metadata = MetaData(naming_convention=NAMING)

Amount, Sum, Moment = Numeric(14, 2), Numeric(18, 2), DateTime(timezone=True)

NOBODY = UUID(int=0)
"""Stands for the actor of what the system did by itself, where a key needs one."""


def only_row() -> tuple[Column[int], CheckConstraint]:
    """The key of a table that has one row, and what keeps it from having more."""
    return (
        Column("id", SmallInteger, primary_key=True, autoincrement=False),
        CheckConstraint("id = 1", name="single"),
    )

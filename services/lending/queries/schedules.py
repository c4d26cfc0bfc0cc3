"""The schedule of one loan, as it is written."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.lending.models import Instalment


def schedule_of(session: Session, loan_id: UUID) -> Sequence[Instalment]:
    """The instalments of a loan in their order."""
    return session.scalars(select(Instalment).where(Instalment.loan_id == loan_id).order_by(Instalment.sequence)).all()


def replace_schedule(session: Session, loan_id: UUID, instalments: Sequence[Instalment]) -> None:
    """Write a schedule in place of the one the loan may have."""
    session.execute(delete(Instalment).where(Instalment.loan_id == loan_id))
    session.add_all(instalments)

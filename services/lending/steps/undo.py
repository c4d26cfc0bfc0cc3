"""Undoing a step in the life of a loan: what has to hold before, and what the loan remembers of the step.

Payments is the only authority on what is paid, and may have accepted money a moment before lending undid the step the
money was accepted on. So a loan remembers what it was, until it is approved or disbursed again.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.lending.domain.reschedule import EndedLine
from services.lending.models import EndedSchedule, Instalment, Loan
from services.lending.queries import schedules
from services.lending.steps.schedule import unpaid_instalment
from shared.db import UnitOfWork
from shared.errors import Conflict
from shared.messaging.events import plain


class AlreadyPaid(Conflict):
    """Money was received on the loan, which stays."""


class AlreadyRescheduled(Conflict):
    """The schedule of the loan was made by an approved proposal."""


_READERS: Mapping[str, Any] = {
    "principal": Decimal,
    "requested_principal": Decimal,
    "processing_fee": Decimal,
    "interest_total": Decimal,
    "end_on": date.fromisoformat,
    "base_on": date.fromisoformat,
    "approved_at": datetime.fromisoformat,
    "approved_by": UUID,
    "processing_fee_collected": bool,
    "disbursed_on": date.fromisoformat,
    "disbursed_at": datetime.fromisoformat,
    "disbursed_amount": Decimal,
    "disbursement_method": str,
    "disbursement_reference": str,
}


def refuse_paid(loan: Loan) -> None:
    """Refuse to undo anything on a loan on which money was received. Raises AlreadyPaid."""
    if loan.paid:
        raise AlreadyPaid("Payments were already made on this loan; it cannot be undone")


def refuse_rescheduled(uow: UnitOfWork, loan: Loan) -> None:
    """Refuse a loan that was rescheduled. Raises AlreadyRescheduled."""
    if schedules.last_approved_reschedule(uow.session, loan.id):
        raise AlreadyRescheduled("This loan was rescheduled; propose to reschedule it again instead")


def remember(loan: Loan) -> None:
    """Keep what the loan is, unless it still remembers what it was before an earlier step was undone."""
    if loan.undone is None:
        kept = {name: getattr(loan, name) for name in (*_READERS, "schedule_version")}
        loan.undone = plain(kept)


def recall(loan: Loan) -> dict[str, Any]:
    """What the loan was, by the names of its columns; nothing when it was changed since."""
    kept = loan.undone or {}
    return {
        name: None if kept[name] is None else reader(kept[name]) for name, reader in _READERS.items() if name in kept
    }


def lines_of(ended: EndedSchedule, at: datetime) -> list[Instalment]:
    """The instalments of a schedule the loan had, under their own ids, with nothing paid yet."""
    return [
        unpaid_instalment(
            line.instalment_id,
            ended.loan_id,
            sequence=line.sequence,
            due_on=line.due_on,
            principal=line.principal,
            interest=line.interest,
            at=at,
        )
        for line in map(EndedLine.of, ended.lines)
    ]

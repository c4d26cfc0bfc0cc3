"""What identity follows: which unions an officer manages and which of their loans are open, so that nobody leaves them
behind."""

from collections.abc import Sequence
from uuid import UUID

from services.identity.queries import loans
from services.identity.steps.restore import HOOKS
from shared.backup.participant import follow_backups
from shared.db import UnitOfWork
from shared.directory.handlers import follow_members, follow_unions
from shared.messaging.events import Envelope
from shared.messaging.handlers import Handlers, Moment, Payload
from shared.restatement import when_restated
from shared.restore.participant import follow_restores

CLOSED = frozenset({"COMPLETED", "WRITTEN_OFF", "CANCELED"})
_DELETED = "lending.loan.deleted.v1"

handlers = Handlers("identity")
follow_unions(handlers)
follow_members(handlers)
follow_backups(handlers)
follow_restores(handlers, HOOKS)
# They concern notifications, which began in this release.
handlers.retire(
    "payments.repayment.recorded.v1",
    "payments.repayment.reversed.v1",
    "payments.charge.added.v1",
    "payments.charge.waived.v1",
    "payments.account.replayed.v1",
    "lending.loan_type.created.v1",
    "lending.loan_type.updated.v1",
    "reporting.audit.anchored.v1",
)


class LoanEvent(Payload):
    loan_id: UUID
    member_id: UUID
    status: str
    updated_at: Moment


@handlers.on_many("lending.loan.*.v1", payload=LoanEvent)
def keep_loans(uow: UnitOfWork, events: Sequence[tuple[LoanEvent, Envelope]]) -> None:
    """The newest version wins, so order does not matter."""
    loans.keep_loans(uow.connection, [_open_or_closed(loan, envelope) for loan, envelope in events])


def _open_or_closed(loan: LoanEvent, envelope: Envelope) -> dict[str, object]:
    """Whether a loan is open by this event; whose it is follows from where its member is."""
    return {
        "loan_id": loan.loan_id,
        "member_id": loan.member_id,
        "is_open": loan.status not in CLOSED and envelope.type != _DELETED,
        "changed_at": loan.updated_at,
        "version": envelope.version,
    }


def close_loans(uow: UnitOfWork, floor: int) -> None:
    """Nobody leaves a loan behind that lending does not have."""
    loans.close_below(uow.connection, floor)


when_restated(handlers, "lending", close_loans)

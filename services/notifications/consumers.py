"""What notifications follows: whom people are written to about, and what happened that they are written to about."""

from collections.abc import Sequence
from uuid import UUID

from services.notifications.queries.dues import end_dues_below, keep_loan_type
from services.notifications.queries.mails import blank_mails_to
from services.notifications.steps.dues import AccountEvent, LoanEvent
from services.notifications.usecases import anchors, backups, loans, members, reports, staff
from shared.backup.participant import follow_backups
from shared.clock import now
from shared.db import UnitOfWork
from shared.directory.handlers import Members, erased, follow_members, follow_staff, follow_unions
from shared.erasure.tables import MAILS
from shared.institution import follow_settings
from shared.messaging.events import Envelope
from shared.messaging.handlers import Handlers, Payload
from shared.restatement import when_restated
from shared.restore.participant import follow_restores

handlers = Handlers("notifications")
follow_staff(handlers)
# No route shows unions or members, so that no write waits for them to be known here.
follow_unions(handlers, is_awaited=False)


def welcome_members(uow: UnitOfWork, events: Members) -> None:
    """Of members whom the directory keeps the new ones are welcomed."""
    members.welcome_members(uow, events, at=now())


def erase_mails(uow: UnitOfWork, events: Members) -> None:
    """Mails to members who were erased go while the directory still has their addresses."""
    blank_mails_to(uow.connection, erased(events))


follow_members(handlers, on_kept=welcome_members, on_coming=erase_mails, named_in=(MAILS,), is_awaited=False)
follow_settings(handlers)
follow_backups(handlers, backups.report_failure)
follow_restores(handlers)

# Nobody waits for a mail: it goes out a moment later anyway, and how long an answer takes must not tell whether
# somebody was written to.
handlers.on("identity.account.opened.v1", payload=staff.AccountOpened, is_awaited=False)(staff.welcome_staff)
handlers.on("identity.recovery.requested.v1", payload=staff.RecoveryRequested, is_awaited=False)(staff.mail_link)
handlers.on("identity.password.changed.v1", payload=staff.AccountEvent, is_awaited=False)(staff.confirm_new_password)
handlers.on("identity.sign_in.blocked.v1", payload=staff.AccountEvent, is_awaited=False)(staff.report_blocked_sign_in)
handlers.on("identity.sign_in.made_by_link.v1", payload=staff.SignedInByLink, is_awaited=False)(
    staff.report_sign_in_by_link
)
handlers.on("identity.security.changed.v1", payload=staff.SecurityChanged, is_awaited=False)(
    staff.report_security_settings
)
handlers.on("reporting.audit.anchored.v1", payload=anchors.Anchor, is_awaited=False)(anchors.mail_anchor)
handlers.on("reporting.report.ready.v1", payload=reports.ReportReady, is_awaited=False)(reports.send_report)


def follow_loans(uow: UnitOfWork, events: Sequence[tuple[LoanEvent | AccountEvent, Envelope]]) -> None:
    """One function for all that concerns loans, so that a transaction locks each of them once."""
    loans.follow_loans(uow, events, at=now())


handlers.on_many("lending.loan.*.v1", payload=LoanEvent, is_awaited=False)(follow_loans)
handlers.on_many("payments.repayment.recorded.v1", payload=loans.RepaymentRecorded, is_awaited=False)(follow_loans)
handlers.on_many(
    "payments.repayment.reversed.v1",
    "payments.charge.*.v1",
    "payments.account.*.v1",
    payload=AccountEvent,
    is_awaited=False,
)(follow_loans)


class LoanTypeEvent(Payload):
    loan_type_id: UUID
    name: str


@handlers.on(
    "lending.loan_type.created.v1",
    "lending.loan_type.updated.v1",
    "lending.loan_type.restated.v1",
    payload=LoanTypeEvent,
    is_awaited=False,
)
def keep_name_of_loan_type(uow: UnitOfWork, loan_type: LoanTypeEvent, envelope: Envelope) -> None:
    """The newest version wins, so order does not matter."""
    keep_loan_type(uow.connection, loan_type_id=loan_type.loan_type_id, name=loan_type.name, version=envelope.version)


def end_dues(uow: UnitOfWork, floor: int) -> None:
    """Nobody is reminded of a loan that lending does not have."""
    end_dues_below(uow.connection, floor)


when_restated(handlers, "lending", end_dues)

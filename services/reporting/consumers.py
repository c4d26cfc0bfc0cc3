"""What reporting follows: loans, repayments, members, and everything that is audited.

The order does not matter: facts carry a version and older ones change nothing, repayments and audit entries have ids.
Events of one transaction are applied together, in sets.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from msgspec.structs import asdict

from services.reporting.domain.chain import Entry, Key, canonical
from services.reporting.domain.facts import UnionOfficer
from services.reporting.domain.members import Member
from services.reporting.models.facts import loan_types
from services.reporting.queries import restores
from services.reporting.queries.staff import Login, note_logins
from services.reporting.steps.loan_events import (
    AccountEvent,
    ChargeEvent,
    LoanEvent,
    RepaymentEvent,
    ReplayEvent,
    ReversalEvent,
    brought_by,
)
from services.reporting.steps.restated_events import RESTATED, AccountRestated, restated_account, restated_loan
from services.reporting.usecases import restatement
from services.reporting.usecases.backup_parts import note_failure, note_part, note_progress
from services.reporting.usecases.portfolio import update_loans, update_members, update_union_officers
from services.reporting.usecases.trail import record_entries
from shared.backup.participant import follow_backups
from shared.clock import business_date
from shared.db import UnitOfWork
from shared.directory.handlers import MemberEvent, Members, UnionEvent, follow_members, follow_staff, follow_unions
from shared.erasure.tables import TRAIL
from shared.fields import Day
from shared.institution import follow_settings
from shared.messaging.events import Envelope
from shared.messaging.handlers import Handlers, Moment, Payload
from shared.postgres.newest import keep_newest
from shared.restatement import when_restated
from shared.restore.events import Step
from shared.restore.participant import follow_restores

# Whoever is behind adds to the same sums of unions once for all events of a transaction.
BATCH = 800

handlers = Handlers("reporting", batch=BATCH)
follow_staff(handlers)


def record_officer(uow: UnitOfWork, union: UnionEvent, envelope: Envelope) -> None:
    """Who has a union since when, beside who has it now."""
    counts_from = business_date(Day.zone, envelope.occurred_at)
    if envelope.type == "membership.union.restated.v1":
        # For who knows nothing of the union, they had it from the beginning.
        counts_from = business_date(Day.zone, union.created_at)
        officer = UnionOfficer(union.id, envelope.version, counts_from, union.officer_id)
        restatement.restate_union_officer(uow.connection, officer, int(envelope.data["former_version"]))
        return
    officer = UnionOfficer(union.id, envelope.version, counts_from, union.officer_id)
    update_union_officers(uow.connection, [officer])


follow_unions(handlers, on_handled=record_officer)
follow_settings(handlers)
follow_backups(handlers)
follow_restores(handlers)


class SessionStarted(Payload):
    user_id: UUID
    login_count: int
    started_at: Moment


@handlers.on_many("identity.session.started.v1", payload=SessionStarted)
def note_sign_ins(uow: UnitOfWork, events: Sequence[tuple[SessionStarted, Envelope]]) -> None:
    note_logins(
        uow.connection, [Login(session.user_id, session.login_count, session.started_at) for session, _ in events]
    )


class TrailKey:
    """The key that this process puts entries under, as its settings say."""

    _key: ClassVar[Key | None] = None

    @classmethod
    def use(cls, key: Key) -> None:
        cls._key = key

    @classmethod
    def of_this_process(cls) -> Key:
        if cls._key is None:
            raise RuntimeError("The process that keeps the audit trail has to set its key.")
        return cls._key


class AuditEvent(Payload):
    audit_id: UUID
    actor_id: UUID | None
    actor_email: str | None
    actor_role: str | None
    action: str
    entity_name: str
    entity_id: str
    before: Any
    after: Any
    metadata: Any
    ip_address: str | None
    user_agent: str | None


handlers.count_in_any_epoch("*.audit.recorded.v1")


@handlers.on_many("*.audit.recorded.v1", payload=AuditEvent)
def keep_entries(uow: UnitOfWork, events: Sequence[tuple[AuditEvent, Envelope]]) -> None:
    """Every service records what people did, reporting itself what operators do with its events.

    Registered before what adds to sums, for which another worker with the same unions waits.
    """
    entries = [_entry(event, envelope) for event, envelope in events]
    record_entries(uow.connection, entries, TrailKey.of_this_process())


def _entry(event: AuditEvent, envelope: Envelope) -> Entry:
    return Entry(
        id=event.audit_id,
        actor_id=event.actor_id,
        actor_email=event.actor_email,
        actor_role=event.actor_role,
        action=event.action,
        entity_name=event.entity_name,
        entity_id=event.entity_id,
        before=_text(event.before),
        after=_text(event.after),
        metadata=_text(event.metadata),
        ip_address=event.ip_address,
        user_agent=event.user_agent,
        occurred_at=envelope.occurred_at,
    )


def _text(value: Any) -> str | None:
    return None if value is None else canonical(value)


def keep_members(uow: UnitOfWork, events: Members) -> None:
    """Beside their names, what figures need of them."""
    update_members(uow.connection, [_member(member, envelope) for member, envelope in events])


follow_members(handlers, on_kept=keep_members, named_in=(TRAIL,))


def _member(member: MemberEvent, envelope: Envelope) -> Member:
    return Member(
        id=member.id,
        version=envelope.version,
        union_id=member.union_id,
        is_verified=member.details["is_verified"],
        is_deleted=envelope.type in ("membership.member.deleted.v1", "membership.member.erased.v1"),
        created_on=business_date(Day.zone, datetime.fromisoformat(member.details["created_at"])),
    )


def keep_loans(uow: UnitOfWork, events: Sequence[tuple[LoanEvent | AccountEvent, Envelope]]) -> None:
    """One function for all that concerns loans, so that a transaction reads and writes each of them once."""
    today = business_date(Day.zone)
    changes = [one for one in events if one[1].type != RESTATED]
    if changes:
        update_loans(uow.connection, brought_by(changes, Day.zone), today=today)
    anew = [
        restated_loan(loan, envelope, Day.zone)
        for loan, envelope in events
        if envelope.type == RESTATED and isinstance(loan, LoanEvent)
    ]
    if anew:
        restatement.restate_loans(uow.connection, anew, today=today)


handlers.on_many("lending.loan.*.v1", payload=LoanEvent)(keep_loans)
handlers.on_many("payments.repayment.recorded.v1", payload=RepaymentEvent)(keep_loans)
handlers.on_many("payments.repayment.reversed.v1", payload=ReversalEvent)(keep_loans)
handlers.on_many("payments.charge.*.v1", payload=ChargeEvent)(keep_loans)
handlers.on_many("payments.account.replayed.v1", payload=ReplayEvent)(keep_loans)


@handlers.on_many("payments.account.restated.v1", payload=AccountRestated)
def keep_accounts(uow: UnitOfWork, events: Sequence[tuple[AccountRestated, Envelope]]) -> None:
    """Accounts that are published anew, with all that was recorded of them."""
    anew = [restated_account(event, Day.zone) for event, _ in events]
    restatement.restate_accounts(uow.connection, anew, today=business_date(Day.zone))


def remove_loans(uow: UnitOfWork, floor: int) -> None:
    restatement.remove_loans(uow.connection, floor, today=business_date(Day.zone))


def remove_accounts(uow: UnitOfWork, floor: int) -> None:
    restatement.remove_accounts(uow.connection, floor, today=business_date(Day.zone))


def remove_members(uow: UnitOfWork, floor: int) -> None:
    restatement.remove_members(uow.connection, floor)


when_restated(handlers, "lending", remove_loans)
when_restated(handlers, "payments", remove_accounts)
when_restated(handlers, "membership", remove_members)


class LoanTypeEvent(Payload):
    loan_type_id: UUID
    name: str


@handlers.on("lending.loan_type.*.v1", payload=LoanTypeEvent)
def keep_name_of_loan_type(uow: UnitOfWork, loan_type: LoanTypeEvent, envelope: Envelope) -> None:
    """The newest version wins, so order does not matter."""
    is_deleted = envelope.type == "lending.loan_type.deleted.v1"
    values = {"id": loan_type.loan_type_id, "name": loan_type.name, "is_deleted": is_deleted}
    keep_newest(uow.connection, loan_types, values | {"version": envelope.version})


class PartProgressed(Payload):
    backup_id: UUID
    attempt: int
    rows: int


class PartFailed(Payload):
    backup_id: UUID
    attempt: int
    reason: str
    is_apart: bool


class PartWritten(Payload):
    backup_id: UUID
    attempt: int
    at: Moment
    migration: str
    outbox_seq: int
    size: int
    sha256: str
    copies: list[dict[str, Any]]
    contents: list[dict[str, Any]]


@handlers.on("*.backup_part.progressed.v1", payload=PartProgressed, is_awaited=False)
def keep_progress(uow: UnitOfWork, part: PartProgressed, envelope: Envelope) -> None:
    note_progress(uow, envelope.source, **asdict(part))


@handlers.on("*.backup_part.failed.v1", payload=PartFailed, is_awaited=False)
def keep_failure(uow: UnitOfWork, part: PartFailed, envelope: Envelope) -> None:
    note_failure(uow, envelope.source, **asdict(part))


@handlers.on("*.backup_part.written.v1", payload=PartWritten, is_awaited=False)
def keep_part(uow: UnitOfWork, part: PartWritten, envelope: Envelope) -> None:
    written = asdict(part)
    backup_id, attempt = written.pop("backup_id"), written.pop("attempt")
    note_part(uow, envelope.source, backup_id=backup_id, attempt=attempt, part=written)


class RestoreStep(Payload):
    """A step of a restore that a service took, or cannot take for the reason."""

    restore_id: UUID
    step: Step
    rows: int = 0
    reason: str | None = None


handlers.count_in_any_epoch("*.restore_step.*.v1")


@handlers.on("*.restore_step.*.v1", payload=RestoreStep, is_awaited=False)
def note_restore_step(uow: UnitOfWork, taken: RestoreStep, envelope: Envelope) -> None:
    """Each counts once, and may come late."""
    restores.note_step(
        uow.connection, taken.restore_id, taken.step, envelope.source, rows=taken.rows, reason=taken.reason
    )

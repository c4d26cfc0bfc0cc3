"""What reporting follows: loans, repayments, members, and everything that is audited.

The order does not matter: facts carry a version and older ones change nothing, repayments and audit entries have ids.
Events of one transaction are applied together, in sets.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from services.reporting.domain.chain import Entry, Key, canonical
from services.reporting.domain.members import Member
from services.reporting.domain.portfolio import Account, Facts, LoanStatus, Repayment
from services.reporting.queries.staff import Login, note_logins
from services.reporting.usecases.portfolio import update_loans, update_members
from services.reporting.usecases.trail import record_entries
from shared.clock import business_date
from shared.db import UnitOfWork
from shared.directory.handlers import follow_staff, follow_unions
from shared.fields import Day
from shared.messaging.events import Envelope
from shared.messaging.handlers import Handlers, Moment, Payload

handlers = Handlers("reporting")
follow_staff(handlers)
follow_unions(handlers)


class SessionStarted(Payload):
    user_id: UUID
    login_count: int
    started_at: Moment


@handlers.on_many("identity.session.started.v1", payload=SessionStarted)
def note_sign_ins(uow: UnitOfWork, events: Sequence[tuple[SessionStarted, Envelope]]) -> None:
    note_logins(
        uow.connection, [Login(session.user_id, session.login_count, session.started_at) for session, _ in events]
    )


class MemberDetails(Payload):
    is_verified: bool
    created_at: Moment


class MemberEvent(Payload):
    member_id: UUID
    union_id: UUID
    details: MemberDetails


@handlers.on_many("membership.member.*.v1", payload=MemberEvent)
def keep_members(uow: UnitOfWork, events: Sequence[tuple[MemberEvent, Envelope]]) -> None:
    update_members(uow.connection, [_member(member, envelope) for member, envelope in events])


def _member(member: MemberEvent, envelope: Envelope) -> Member:
    return Member(
        id=member.member_id,
        version=envelope.version,
        union_id=member.union_id,
        is_verified=member.details.is_verified,
        is_deleted=envelope.type == "membership.member.deleted.v1",
        created_on=business_date(Day.zone, member.details.created_at),
    )


class LoanEvent(Payload):
    loan_id: UUID
    union_id: UUID
    status: LoanStatus
    principal: Decimal
    interest_total: Decimal
    created_at: Moment
    disbursed_on: date | None


class AccountState(Payload):
    version: int
    paid: Decimal
    outstanding: Decimal


class AccountEvent(Payload):
    loan_id: UUID
    account: AccountState


class RepaymentEvent(AccountEvent):
    repayment_id: UUID
    amount: Decimal
    paid_on: date


class ReversalEvent(AccountEvent):
    """A repayment taken back, which counts against the day that was done on."""

    reversal_id: UUID
    amount: Decimal
    paid_on: date


def keep_loans(uow: UnitOfWork, events: Sequence[tuple[LoanEvent | AccountEvent, Envelope]]) -> None:
    """One function for all that concerns loans, so that a transaction reads and writes each of them once."""
    accounts = [event for event, _ in events if isinstance(event, AccountEvent)]
    update_loans(
        uow.connection,
        facts=[_facts(event, envelope) for event, envelope in events if isinstance(event, LoanEvent)],
        accounts=[(event.loan_id, _account(event.account)) for event in accounts],
        repayments=[_repayment(event) for event in accounts if isinstance(event, RepaymentEvent | ReversalEvent)],
    )


handlers.on_many("lending.loan.*.v1", payload=LoanEvent)(keep_loans)
handlers.on_many("payments.repayment.recorded.v1", payload=RepaymentEvent)(keep_loans)
handlers.on_many("payments.repayment.reversed.v1", payload=ReversalEvent)(keep_loans)
handlers.on_many("payments.account.replayed.v1", "payments.charge.*.v1", payload=AccountEvent)(keep_loans)


def _facts(loan: LoanEvent, envelope: Envelope) -> tuple[UUID, Facts]:
    return loan.loan_id, Facts(
        version=envelope.version,
        union_id=loan.union_id,
        status=loan.status,
        principal=loan.principal,
        interest=loan.interest_total,
        created_at=loan.created_at,
        created_on=business_date(Day.zone, loan.created_at),
        disbursed_on=loan.disbursed_on,
        is_deleted=envelope.type == "lending.loan.deleted.v1",
    )


def _account(account: AccountState) -> Account:
    return Account(account.version, account.paid, account.outstanding)


def _repayment(event: RepaymentEvent | ReversalEvent) -> Repayment:
    if isinstance(event, ReversalEvent):
        return Repayment(event.reversal_id, event.loan_id, -event.amount, event.paid_on)
    return Repayment(event.repayment_id, event.loan_id, event.amount, event.paid_on)


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


@handlers.on_many("*.audit.recorded.v1", payload=AuditEvent)
def keep_entries(uow: UnitOfWork, events: Sequence[tuple[AuditEvent, Envelope]]) -> None:
    """Every service records what people did, reporting itself what operators do with its events."""
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

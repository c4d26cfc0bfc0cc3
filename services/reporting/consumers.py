"""What reporting hears from the others, and it hears everything that counts: loans, money, members, and every deed.

All of it is order-independent: facts carry a version and old news change nothing, repayments and audit entries are
told apart by their ids. Events of one transaction are applied together, in sets.
"""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from marshmallow import fields

from services.reporting.domain.chain import Entry, Key, canonical
from services.reporting.domain.members import Member
from services.reporting.domain.portfolio import Account, Facts, LoanStatus, Repayment
from services.reporting.queries.staff import note_login
from services.reporting.usecases.portfolio import update_loans, update_members
from services.reporting.usecases.trail import record_entries
from shared.db import UnitOfWork
from shared.directory.handlers import follow_staff, follow_unions
from shared.fields import Day, Money
from shared.messaging.events import Envelope
from shared.messaging.handlers import Data, EventSchema, Handlers

Events = Sequence[tuple[Data, Envelope]]

handlers = Handlers("reporting")
follow_staff(handlers)
follow_unions(handlers)


class SessionStarted(EventSchema):
    user_id = fields.UUID(required=True)
    login_count = fields.Integer(required=True)
    started_at = fields.AwareDateTime(required=True)


@handlers.on("identity.session.started.v1", schema=SessionStarted())
def note_sign_in(uow: UnitOfWork, session: Data, envelope: Envelope) -> None:
    note_login(uow.connection, user_id=session["user_id"], login_count=session["login_count"], at=session["started_at"])


class MemberDetails(EventSchema):
    is_verified = fields.Boolean(required=True)
    created_on = Day(required=True, data_key="created_at")


class MemberEvent(EventSchema):
    member_id = fields.UUID(required=True)
    union_id = fields.UUID(required=True)
    details = fields.Nested(MemberDetails, required=True)


@handlers.on_many(
    "membership.member.created.v1", "membership.member.updated.v1", "membership.member.deleted.v1", schema=MemberEvent()
)
def keep_members(uow: UnitOfWork, events: Events) -> None:
    update_members(uow.connection, [_member(data, envelope) for data, envelope in events])


def _member(data: Data, envelope: Envelope) -> Member:
    return Member(
        id=data["member_id"],
        version=envelope.version,
        union_id=data["union_id"],
        is_deleted=envelope.type == "membership.member.deleted.v1",
        **data["details"],
    )


class LoanEvent(EventSchema):
    loan_id = fields.UUID(required=True)
    union_id = fields.UUID(required=True)
    status = fields.Enum(LoanStatus, by_value=True, required=True)
    principal = Money(required=True)
    interest = Money(required=True, data_key="interest_total")
    created_at = fields.AwareDateTime(required=True)
    created_on = Day(required=True, data_key="created_at", load_only=True)
    disbursed_on = fields.Date(required=True, allow_none=True)


class AccountState(EventSchema):
    version = fields.Integer(required=True)
    paid = Money(required=True)
    outstanding = Money(required=True)


class AccountEvent(EventSchema):
    loan_id = fields.UUID(required=True)
    account = fields.Nested(AccountState, required=True)


class RepaymentEvent(AccountEvent):
    repayment_id = fields.UUID(required=True)
    amount = Money(required=True)
    paid_on = fields.Date(required=True)


LOAN_EVENTS = tuple(
    f"lending.loan.{step}.v1"
    for step in (
        "created", "submitted", "approved", "rejected", "canceled", "disbursed", "completed", "defaulted",
        "written_off", "reactivated", "updated", "rescheduled", "approval_undone", "disbursement_undone", "deleted",
    )
)  # fmt: skip


class ReversalEvent(AccountEvent):
    """A repayment taken back, which counts against the day that was done on."""

    repayment_id = fields.UUID(required=True, data_key="reversal_id")
    taken_back = Money(required=True, data_key="amount")
    paid_on = fields.Date(required=True)


@handlers.on_many(*LOAN_EVENTS, schema=LoanEvent())
@handlers.on_many("payments.repayment.recorded.v1", schema=RepaymentEvent())
@handlers.on_many("payments.repayment.reversed.v1", schema=ReversalEvent())
@handlers.on_many(
    "payments.account.replayed.v1", "payments.charge.added.v1", "payments.charge.waived.v1", schema=AccountEvent()
)
def keep_loans(uow: UnitOfWork, events: Events) -> None:
    """One function for all that concerns loans, so that a transaction reads and writes each of them once."""
    lent = [(data, envelope) for data, envelope in events if envelope.source == "lending"]
    paid = [data for data, envelope in events if envelope.source == "payments"]
    update_loans(
        uow.connection,
        facts=[_facts(data, envelope) for data, envelope in lent],
        accounts=[(data["loan_id"], Account(**data["account"])) for data in paid],
        repayments=[_repayment(data) for data in paid if "repayment_id" in data],
    )


def _facts(data: Data, envelope: Envelope) -> tuple[UUID, Facts]:
    is_deleted = envelope.type == "lending.loan.deleted.v1"
    return data.pop("loan_id"), Facts(version=envelope.version, is_deleted=is_deleted, **data)


def _repayment(data: Data) -> Repayment:
    amount = -data["taken_back"] if "taken_back" in data else data["amount"]
    return Repayment(data["repayment_id"], data["loan_id"], amount, data["paid_on"])


class TrailKey:
    """The key that this process puts entries under, as its settings say."""

    _key: ClassVar[Key | None] = None

    @classmethod
    def use(cls, key: Key) -> None:
        cls._key = key

    @classmethod
    def of_this_process(cls) -> Key:
        if cls._key is None:
            raise RuntimeError("Who keeps the audit trail has to say under which key.")
        return cls._key


class AuditEvent(EventSchema):
    audit_id = fields.UUID(required=True)
    actor_id = fields.UUID(required=True, allow_none=True)
    actor_email = fields.String(required=True, allow_none=True)
    actor_role = fields.String(required=True, allow_none=True)
    action = fields.String(required=True)
    entity_name = fields.String(required=True)
    entity_id = fields.String(required=True)
    before = fields.Raw(required=True, allow_none=True)
    after = fields.Raw(required=True, allow_none=True)
    metadata = fields.Raw(required=True, allow_none=True)
    ip_address = fields.String(required=True, allow_none=True)
    user_agent = fields.String(required=True, allow_none=True)


@handlers.on_many(
    "identity.audit.recorded.v1",
    "membership.audit.recorded.v1",
    "lending.audit.recorded.v1",
    "payments.audit.recorded.v1",
    # What operators do with its own dead letters and history.
    "reporting.audit.recorded.v1",
    schema=AuditEvent(),
)
def keep_entries(uow: UnitOfWork, events: Events) -> None:
    entries = [_entry(data, envelope) for data, envelope in events]
    record_entries(uow.connection, entries, TrailKey.of_this_process())


def _entry(data: Data, envelope: Envelope) -> Entry:
    texts = {name: _text(data[name]) for name in ("before", "after", "metadata")}
    return Entry(id=data.pop("audit_id"), occurred_at=envelope.occurred_at, **(data | texts))


def _text(value: Any) -> str | None:
    return None if value is None else canonical(value)

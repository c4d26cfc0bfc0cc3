"""Does again, through the use cases and handlers of the services, what the events of a book say was done."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from deploy.seed.outboxes import USER_AGENT
from deploy.seed.tests.conftest import Institution
from services.identity.models import User
from services.identity.steps.new_staff import add_users
from services.lending.domain.application import Application, CreateFlow
from services.lending.domain.loan import LoanStatus
from services.lending.domain.loan_type import Limits
from services.lending.domain.terms import TermUnit
from services.lending.usecases.application import approve_loan, create_loan, reject_loan, submit_loan
from services.lending.usecases.loan_types import Product, create_loan_type
from services.lending.usecases.status import change_status, disburse_loan
from services.membership.usecases.members import create_member
from services.membership.usecases.unions import create_union
from services.payments.steps.repayments import Payment
from services.payments.usecases.repayments import record_repayments
from services.reporting.consumers import TrailKey
from services.reporting.usecases.trail import link_batches
from shared.context import Actor, Context, Role
from shared.db import UnitOfWork, run_transaction
from shared.messaging.delivery import deliver
from shared.messaging.events import Envelope
from shared.messaging.outbox import outbox

Data = dict[str, Any]
Work = Callable[[UnitOfWork], Any]


def published_by(institution: Institution) -> list[Envelope]:
    """Every event in the outboxes, in the order they were told."""
    events = []
    for sessions in institution.sessions.values():
        with sessions() as session:
            bodies = session.execute(select(outbox.c.body).order_by(outbox.c.seq)).scalars()
            events += [Envelope.from_json(body) for body in bodies]
    return sorted(events, key=lambda event: event.occurred_at)


class Player:
    """Plays events in an institution of its own, where everything gets ids of its own."""

    def __init__(self, institution: Institution, monkeypatch: pytest.MonkeyPatch) -> None:
        self._institution, self._monkeypatch = institution, monkeypatch
        self._ids: dict[str, UUID] = {}
        self._staff: dict[str, Actor] = {}

    def play(self, events: Iterable[Envelope]) -> None:
        """Do what each event is about; what follows from that, completing a loan for one, must come by itself."""
        for event in events:
            work = self._work(event)
            if work:
                self._do(event, work)

    def _do(self, event: Envelope, work: Work) -> None:
        # The only clock the use cases and handlers do not take as an argument is that of the envelope.
        self._monkeypatch.setattr("shared.messaging.events.now", lambda: event.occurred_at)
        context = Context(actor=self._actor(event), user_agent=USER_AGENT)
        sessions = self._institution.sessions[event.source]
        _, published = run_transaction(sessions, event.source, work, context)
        self._deliver(published)
        with self._institution.sessions["reporting"].begin() as session:
            link_batches(session.connection(), TrailKey.of_this_process())

    def _deliver(self, published: list[Envelope]) -> None:
        """Let every follower handle the events, and then what they caused."""
        for service, handlers in self._institution.handlers.items():
            heard = [event for event in published if event.type in handlers.event_types]
            if heard:
                causes = deliver(self._institution.sessions[service], handlers, heard)
                self._deliver([caused for events in causes.values() for caused in events])

    def _actor(self, event: Envelope) -> Actor | None:
        return self._staff[str(event.actor_id)] if event.actor_id else None

    def _work(self, event: Envelope) -> Work | None:
        data, at, by = event.data, event.occurred_at, self._actor(event)
        works: dict[str, Work] = {
            "identity.user.created.v1": lambda uow: self._take_in(uow, data, at),
            "membership.union.created.v1": lambda uow: self._found_union(uow, data, by, at),
            "membership.member.created.v1": lambda uow: self._take_in_member(uow, data, by, at),
            "lending.loan_type.created.v1": lambda uow: self._offer_loan_type(uow, data, at),
            "lending.loan.created.v1": lambda uow: self._draft_loan(uow, data, by, at),
            "lending.loan.submitted.v1": lambda uow: submit_loan(uow, **self._loan(data), by=by, at=at),
            "lending.loan.approved.v1": lambda uow: approve_loan(uow, **self._loan(data), by=by, at=at),
            "lending.loan.rejected.v1": lambda uow: reject_loan(
                uow, **self._loan(data), by=by, at=at, notes=data["notes"]
            ),
            "lending.loan.disbursed.v1": lambda uow: self._disburse(uow, data, by, at),
            "lending.loan.defaulted.v1": lambda uow: self._give_up(uow, data, by, at),
            "lending.loan.written_off.v1": lambda uow: self._give_up(uow, data, by, at),
            "payments.repayment.recorded.v1": lambda uow: self._pay(uow, data, by),
        }
        return works.get(event.type)

    def _loan(self, data: Data) -> Data:
        return {"loan_id": self._ids[data["loan_id"]]}

    def _take_in(self, uow: UnitOfWork, data: Data, at: datetime) -> None:
        names = ("email", "first_name", "last_name", "phone", "address", "is_active")
        user = User(
            id=UUID(int=UUID(data["user_id"]).int ^ 1),
            password_hash="the same for all",
            role=Role(data["role"]),
            supervisor_id=self._staff[data["supervisor_id"]].id if data["supervisor_id"] else None,
            **{name: data[name] for name in names},
        )
        add_users(uow, [user], at=at)
        self._staff[data["user_id"]] = Actor(user.id, user.email, user.role, session_id=user.id)

    def _found_union(self, uow: UnitOfWork, data: Data, by: Any, at: datetime) -> None:
        facts = {name: data[name] for name in ("name", "location", "address")}
        union = create_union(uow, officer_id=self._staff[data["officer_id"]].id, by=by, at=at, **facts)
        self._ids[data["union_id"]] = union.id

    def _take_in_member(self, uow: UnitOfWork, data: Data, by: Any, at: datetime) -> None:
        facts = {
            name: value
            for name, value in data["details"].items()
            if name not in {"is_verified", "profile_image", "created_at", "updated_at"}
        }
        facts["date_of_birth"] = datetime.fromisoformat(facts["date_of_birth"]).date()
        facts |= {"first_name": data["first_name"], "last_name": data["last_name"]}
        member = create_member(uow, union_id=self._ids[data["union_id"]], by=by, at=at, today=at.date(), **facts)
        self._ids[data["member_id"]] = member.id

    def _offer_loan_type(self, uow: UnitOfWork, data: Data, at: datetime) -> None:
        limits = Limits(
            Decimal(data["min_amount"]),
            Decimal(data["max_amount"]),
            TermUnit(data["term_unit"]),
            data["min_term"],
            data["max_term"],
        )
        product = Product(name=data["name"], limits=limits, description=data["description"])
        made = create_loan_type(uow, product, at=at)
        self._ids[data["loan_type_id"]] = made.id

    def _draft_loan(self, uow: UnitOfWork, data: Data, by: Any, at: datetime) -> None:
        application = Application(
            member_id=self._ids[data["member_id"]],
            principal=Decimal(data["principal"]),
            term_count=data["term_count"],
            term_unit=TermUnit(data["term_unit"]),
            loan_type_id=self._ids[data["loan_type_id"]],
            wishes={
                "processing_fee": Decimal(data["processing_fee"]),
                "annual_rate": Decimal(data["annual_rate"]),
            },
        )
        loan = create_loan(uow, application, flow=CreateFlow.DRAFT, by=by, at=at, today=at.date())
        self._ids[data["loan_id"]] = loan.id

    def _disburse(self, uow: UnitOfWork, data: Data, by: Any, at: datetime) -> None:
        disburse_loan(
            uow,
            disbursed_on=datetime.fromisoformat(data["disbursed_on"]).date(),
            disbursed_at=datetime.fromisoformat(data["disbursed_at"]),
            method=data["disbursement_method"],
            reference=data["disbursement_reference"],
            by=by,
            at=at,
            **self._loan(data),
        )

    def _give_up(self, uow: UnitOfWork, data: Data, by: Any, at: datetime) -> None:
        target = LoanStatus(data["status"])
        change_status(uow, **self._loan(data), target=target, by=by, at=at, today=at.date(), notes=data["notes"])

    def _pay(self, uow: UnitOfWork, data: Data, by: Any) -> None:
        payment = Payment(
            by=by,
            **self._loan(data),
            amount=Decimal(data["amount"]),
            method=data["method"],
            paid_at=datetime.fromisoformat(data["paid_at"]),
            paid_on=datetime.fromisoformat(data["paid_on"]).date(),
            recorded_at=datetime.fromisoformat(data["recorded_at"]),
            business_date=datetime.fromisoformat(data["recorded_at"]).date(),
        )
        record_repayments(uow, [payment])

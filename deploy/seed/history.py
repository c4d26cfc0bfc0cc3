"""The history of one loan: every step and every repayment through the rules of lending and of payments."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.types.json import Jsonb

from deploy.seed.book import Book
from deploy.seed.bulk import unmapped
from deploy.seed.members import SeededMember
from deploy.seed.outboxes import done_by
from services.lending.domain.conditions import Charges
from services.lending.domain.loan import FINAL, LoanAction, LoanStatus, loan_number, transition
from services.lending.domain.schedule import interest_total, make_schedule
from services.lending.domain.terms import Terms
from services.lending.events import LoanCreated, LoanEvent
from services.lending.models import Instalment as LendingInstalment
from services.lending.models import Loan
from services.lending.shapes.loans import LoanScalars
from services.lending.steps.transition import ANNOUNCEMENTS
from services.lending.usecases.application import CURRENCY
from services.payments.domain.allocation import Allocation, allocate
from services.payments.domain.facts import RepaymentKind
from services.payments.domain.instalment import Instalment, InstalmentStatus, instalment_status
from services.payments.domain.value_date import value_date
from services.payments.events import RepaymentRecorded, account_after, allocations_of
from services.payments.models.rows import NewAllocation, RepaymentInFull
from services.payments.shapes.repayments import RepaymentScalars
from shared.audit import Entry as Deed
from shared.clock import business_date
from shared.context import Context
from shared.messaging.events import Envelope
from shared.money import ZERO
from shared.wire import money

Values = dict[str, Any]

# No repayment of a book is reversed, or comes in after the write-off.
IN_TIME: Values = {"kind": RepaymentKind.REPAYMENT.value, "reversal_of_id": None}


@dataclass(slots=True)
class Line:
    """One instalment, as lending and payments both keep it."""

    id: UUID
    sequence: int
    due_on: date
    principal: Decimal
    interest: Decimal
    made_at: datetime
    changed_at: datetime
    interest_paid: Decimal = ZERO
    principal_paid: Decimal = ZERO
    status: InstalmentStatus = InstalmentStatus.PENDING
    closed_at: datetime | None = None
    account_version: int = 0

    @property
    def paid(self) -> Decimal:
        return self.interest_paid + self.principal_paid

    @property
    def owed(self) -> Instalment:
        """What is still owed on it."""
        return Instalment(
            self.sequence, self.due_on, self.interest - self.interest_paid, self.principal - self.principal_paid
        )


class Balance(NamedTuple):
    """What an event of payments says of the account of a loan."""

    version: int
    schedule_version: int
    paid: Decimal
    outstanding: Decimal
    outstanding_principal: Decimal


@dataclass(frozen=True, slots=True)
class Received:
    """A repayment with its columns, its allocations, and how payments published them."""

    repayment: Values
    postings: Sequence[NewAllocation]
    published_allocations: Sequence[Values]


class History:
    """A loan as it grows. Each method is one act of the officer or the supervisor, published and audited like it."""

    def __init__(
        self,
        book: Book,
        number: int,
        member: SeededMember,
        terms: Terms,
        loan_type_id: UUID,
        fee: Decimal,
        at: datetime,
    ) -> None:
        self._book, self.member, self._terms = book, member, terms
        self.lines: list[Line] = []
        self.received: list[Received] = []
        self.published: list[Envelope] = []
        officer = member.union.officer
        self._by_officer, self._by_supervisor = done_by(officer.actor), done_by(officer.supervisor)
        start_on = business_date(book.zone, at)
        schedule = make_schedule(terms, start_on)
        interest = interest_total(schedule)
        self.loan = unmapped(
            Loan,
            id=book.chance.identifier(at),
            loan_number=loan_number(number),
            member_id=member.id,
            union_id=member.union.id,
            officer_id=officer.actor.id,
            loan_type_id=loan_type_id,
            principal=terms.principal,
            currency=CURRENCY,
            term_count=terms.term_count,
            term_unit=terms.term_unit,
            start_on=start_on,
            end_on=schedule[-1].due_on,
            interest_total=interest,
            processing_fee_collected=False,
            status=LoanStatus.DRAFT,
            created_by=officer.actor.id,
            makers=Jsonb([str(officer.actor.id)]),
            created_at=at,
            updated_at=at,
            version=1,
            schedule_version=0,
            account_version=0,
            paid=ZERO,
            outstanding=terms.principal + interest,
            is_reopened=False,
            **asdict(terms.interest),
            **asdict(Charges(processing_fee=fee)),
        )
        self.published.append(book.outboxes.add("lending", LoanCreated.of(self.loan), self._by_officer, at))
        self._audit("LOAN_CREATED", None, self._by_officer, at, {})

    def submit(self, at: datetime) -> None:
        """The officer puts the draft before the supervisor."""
        # By now the loan has been in the database, whose column gives six places back.
        rate = self.loan.annual_rate.quantize(Decimal("0.000001"))
        self._take(LoanAction.SUBMIT, self._by_officer, at, submitted_at=at, annual_rate=rate)

    def approve(self, at: datetime) -> None:
        """The supervisor says yes."""
        supervisor_id = self.member.union.officer.supervisor.id
        self._take(
            LoanAction.APPROVE,
            self._by_supervisor,
            at,
            approved_at=at,
            approved_by=supervisor_id,
            approver_id=supervisor_id,
            processing_fee_collected=True,
        )

    def disburse(self, at: datetime, *, method: str, reference: str) -> None:
        """The supervisor has the money paid out."""
        loan, on = self.loan, business_date(self._book.zone, at)
        self.lines = [
            Line(self._book.chance.identifier(at), due.sequence, due.due_on, due.principal, due.interest, at, at)
            for due in make_schedule(self._terms, on)
        ]
        self._take(
            LoanAction.DISBURSE,
            self._by_supervisor,
            at,
            disbursed_on=on,
            disbursed_at=at,
            disbursement_method=method,
            disbursement_reference=reference,
            disbursed_amount=loan.principal,
            base_on=on,
            schedule_version=loan.schedule_version + 1,
            end_on=self.lines[-1].due_on,
        )

    def decide(self, action: LoanAction, at: datetime, reason: str) -> None:
        """The supervisor turns the loan down, or gives it up."""
        self._take(action, self._by_supervisor, at, notes=reason)

    def pay(self, amount: Decimal, at: datetime, method: str) -> None:
        """The officer takes money from the member; the last of it completes the loan."""
        loan, postings = self.loan, []
        repayment = self._repayment(amount, at, method)
        for part in allocate(amount, [line.owed for line in self.lines if line.closed_at is None]):
            postings.append(self._post(part, repayment))
        loan.paid, loan.outstanding = loan.paid + amount, loan.outstanding - amount
        loan.account_version = repayment["account_version"]
        self._publish_repayment(repayment, postings)
        if not loan.outstanding:
            # Nobody asked for this step: lending takes it when it hears of the repayment.
            self._take(LoanAction.COMPLETE, Context(actor_id=repayment["received_by"]), at)

    @property
    def outstanding_principal(self) -> Decimal:
        """What is still owed of the principal; nothing before there is a schedule."""
        return sum((line.principal - line.principal_paid for line in self.lines), ZERO)

    def _take(
        self, action: LoanAction, context: Context, at: datetime, *, notes: str | None = None, **changes: Any
    ) -> None:
        loan, start = self.loan, self.loan.status
        before = LoanScalars.of(loan) if self._book.outboxes.is_audited else None
        changes |= {"status": transition(start, action), "updated_at": at, "version": loan.version + 1}
        if notes:
            changes["notes"] = notes
        if changes["status"] in FINAL:
            changes["closed_at"] = at
        for name, value in changes.items():
            setattr(loan, name, value)
        event, audit_action = ANNOUNCEMENTS[action]
        self.published.append(self._book.outboxes.add("lending", self._event(event, action), context, at))
        metadata = {"from": start, "to": loan.status} | ({"reason": notes} if notes else {})
        self._audit(audit_action, before, context, at, metadata)

    def _event(self, event: type[LoanEvent], action: LoanAction) -> LoanEvent:
        # A line has the fields that an event has of an instalment.
        schedule = cast(list[LendingInstalment], self.lines) if action is LoanAction.DISBURSE else None
        return event.of(self.loan, schedule)

    def _audit(self, action: str, before: Values | None, context: Context, at: datetime, metadata: Values) -> None:
        if self._book.outboxes.is_audited:
            deed = Deed(action, "Loan", self.loan.id, before, LoanScalars.of(self.loan), metadata)
            self._book.outboxes.audit("lending", deed, context, at)

    def _repayment(self, amount: Decimal, at: datetime, method: str) -> Values:
        zone = self._book.zone
        return {
            "id": self._book.chance.identifier(at),
            "loan_id": self.loan.id,
            "officer_id": self.loan.officer_id,
            "amount": amount,
            "currency": self.loan.currency,
            "method": method,
            "paid_at": at,
            "paid_on": value_date(at, ZoneInfo(zone)),
            "recorded_at": at,
            "business_date": business_date(zone, at),
            "reference": None,
            "notes": None,
            "received_by": self.loan.officer_id,
            "meant_for_instalment_id": None,
            "account_version": self.loan.account_version + 1,
        }

    def _post(self, part: Allocation, repayment: Values) -> NewAllocation:
        """Put a part of a repayment on its instalment."""
        line, at = self.lines[part.sequence - 1], repayment["paid_at"]
        line.interest_paid += part.interest
        line.principal_paid += part.principal
        line.status = instalment_status(due=line.principal + line.interest, paid=line.paid)
        line.closed_at = at if line.status is InstalmentStatus.PAID else None
        line.changed_at, line.account_version = at, repayment["account_version"]
        return NewAllocation(
            id=self._book.chance.identifier(at),
            repayment_id=repayment["id"],
            instalment_id=line.id,
            sequence=part.sequence,
            due_on=line.due_on,
            penalty=part.penalty,
            fee=part.fee,
            interest=part.interest,
            principal=part.principal,
            amount=part.total,
            created_at=at,
            paid=line.paid,
            status=line.status.value,
            closed_at=line.closed_at,
        )

    def _publish_repayment(self, repayment: Values, postings: Sequence[NewAllocation]) -> None:
        loan, at = self.loan, repayment["recorded_at"]
        balance = Balance(
            loan.account_version, loan.schedule_version, loan.paid, loan.outstanding, self.outstanding_principal
        )
        names = ("loan_id", "amount", "currency", "method", "paid_at", "paid_on", "recorded_at", "reference", "notes")
        recorded = RepaymentRecorded(
            aggregate_id=loan.id,
            version=loan.account_version,
            repayment_id=repayment["id"],
            loan_number=loan.loan_number,
            member_id=loan.member_id,
            union_id=loan.union_id,
            received_by=repayment["received_by"],
            allocations=allocations_of(postings),
            account=account_after(balance, postings),
            **{name: repayment[name] for name in names},
        )
        envelope = self._book.outboxes.add("payments", recorded, self._by_officer, at)
        self.published.append(envelope)
        self.received.append(Received(repayment, postings, envelope.data["allocations"]))
        if self._book.outboxes.is_audited:
            metadata = {"loanNumber": loan.loan_number, "outstanding": money(loan.outstanding)}
            row = RepaymentInFull(**repayment, **IN_TIME, receiver_email=None, receiver_role=None)
            deed = Deed("REPAYMENT_CREATED", "Repayment", row.id, None, RepaymentScalars.of(row), metadata)
            self._book.outboxes.audit("payments", deed, self._by_officer, at)

"""The tables of this schema: columns, constraints and relations; no rules."""

from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    MetaData,
    Numeric,
    Sequence,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.lending.domain.conditions import Charges, Conditions, PenaltyMode
from services.lending.domain.loan import RUNNING, LoanStatus
from services.lending.domain.loan_type import Limits
from services.lending.domain.progress import InstalmentStatus
from services.lending.domain.reschedule import ProposalStatus, ScheduleEnd
from services.lending.domain.terms import Amortization, DayCount, Interest, InterestMethod, Rounding, Terms, TermUnit
from shared.documents.tables import DocumentColumns, DocumentTypeColumns
from shared.postgres.tables import NAMING

Amount = Numeric(14, 2)
Rate = Numeric(9, 6)
Moment = DateTime(timezone=True)


def _choice(kind: type[StrEnum], name: str) -> Enum:
    """A text column that holds one of the enum's values, checked by the database."""
    return Enum(kind, name=name, native_enum=False, create_constraint=True, length=20)


class Base(DeclarativeBase):
    """Everything this service owns; the mechanisms of `shared` bring tables of their own."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {Decimal: Amount, datetime: Moment, str: Text}


class InterestColumns:
    """The columns of an `Interest`, one for each field."""

    annual_rate: Mapped[Decimal] = mapped_column(Rate)
    interest_method: Mapped[InterestMethod] = mapped_column(_choice(InterestMethod, "interest_method"))
    amortization: Mapped[Amortization] = mapped_column(_choice(Amortization, "amortization"))
    day_count: Mapped[DayCount] = mapped_column(_choice(DayCount, "day_count"))
    repay_every: Mapped[int]
    principal_grace: Mapped[int]
    interest_grace: Mapped[int]
    instalment_multiple: Mapped[Decimal | None]
    rounding: Mapped[Rounding] = mapped_column(_choice(Rounding, "rounding"))

    @property
    def interest(self) -> Interest:
        """How interest is charged and repaid."""
        return Interest(**_values(self, Interest))

    @interest.setter
    def interest(self, interest: Interest) -> None:
        _write(self, interest)


class ChargeColumns:
    """The columns of `Charges`, one for each field."""

    processing_fee: Mapped[Decimal]
    processing_fee_rate: Mapped[Decimal] = mapped_column(Rate)
    penalty_per_day: Mapped[Decimal]
    penalty_grace_days: Mapped[int]
    penalty_mode: Mapped[PenaltyMode] = mapped_column(_choice(PenaltyMode, "penalty_mode"))
    deducts_fee: Mapped[bool]
    rebates_unearned_interest: Mapped[bool]

    @property
    def charges(self) -> Charges:
        """What a loan costs beside its interest; the `processing_fee` of a loan is its whole fee."""
        return Charges(**_values(self, Charges))

    @charges.setter
    def charges(self, charges: Charges) -> None:
        _write(self, charges)


def _values(row: object, kind: type[Interest | Charges | Limits]) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(kind)}


def _write(row: object, value: Interest | Charges | Limits) -> None:
    for field in fields(value):
        setattr(row, field.name, getattr(value, field.name))


loan_number_sequence = Sequence("loan_number_seq", metadata=Base.metadata)


class LoanType(InterestColumns, ChargeColumns, Base):
    """A product: the limits within which loans are made, and their conditions. Changing it never touches a loan.

    `processing_fee` is the fixed part of the fee. `allowed_overrides` are the wire's names of what a loan may say for
    itself.
    """

    __tablename__ = "loan_types"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str | None]
    min_amount: Mapped[Decimal]
    max_amount: Mapped[Decimal]
    term_unit: Mapped[TermUnit] = mapped_column(_choice(TermUnit, "term_unit"))
    min_term: Mapped[int]
    max_term: Mapped[int]
    allowed_overrides: Mapped[list[str]] = mapped_column(JSONB)
    is_active: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        Index("loan_types_live_name_key", "name", unique=True, postgresql_where=text("deleted_at IS NULL")),
        CheckConstraint("min_amount >= 0 AND max_amount > min_amount", name="amounts"),
        CheckConstraint("min_term >= 1 AND max_term >= min_term", name="terms"),
    )

    @property
    def limits(self) -> Limits:
        """The principal and the term that its loans may have."""
        return Limits(**_values(self, Limits))

    @limits.setter
    def limits(self, limits: Limits) -> None:
        _write(self, limits)

    @property
    def conditions(self) -> Conditions:
        """What it offers; the day of the first instalment is a matter of each loan."""
        return Conditions(interest=self.interest, charges=self.charges)


_RUNNING = ", ".join(f"'{status}'" for status in sorted(RUNNING))


class Loan(InterestColumns, ChargeColumns, Base):
    """A loan, the conditions it was agreed on, and its account as payments recorded it.

    `officer_id` is always the officer of the loan's union. `version` counts the events published about the loan,
    `schedule_version` the schedules made for it, `account_version` is that of the newest event of payments.
    `processing_fee` is the whole fee; `requested_principal` what was asked for when less was approved; `base_on` the
    day the schedule counts from; `disbursed_amount` what was paid out. `undone` holds what the loan was before its
    approval or disbursement was undone, for the case that a payment had already been made. A loan that `is_reopened`,
    because a payment was reversed, may run beside a newer one. `makers` are the people who applied for it, changed or
    submitted it, `approver_id` is the person who approved it: the admin, where one acted as somebody else.
    """

    __tablename__ = "loans"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    loan_number: Mapped[str] = mapped_column(unique=True)
    member_id: Mapped[UUID]
    union_id: Mapped[UUID]
    officer_id: Mapped[UUID]
    loan_type_id: Mapped[UUID | None] = mapped_column(ForeignKey("loan_types.id"))
    principal: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    term_count: Mapped[int]
    term_unit: Mapped[TermUnit] = mapped_column(_choice(TermUnit, "term_unit"))
    start_on: Mapped[date]
    end_on: Mapped[date]
    first_due_on: Mapped[date | None]
    base_on: Mapped[date | None]
    requested_principal: Mapped[Decimal | None]
    interest_total: Mapped[Decimal]
    processing_fee_collected: Mapped[bool] = mapped_column(default=False)
    status: Mapped[LoanStatus] = mapped_column(_choice(LoanStatus, "status"))
    created_by: Mapped[UUID]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None]
    disbursed_on: Mapped[date | None]
    disbursed_at: Mapped[datetime | None]
    disbursement_method: Mapped[str | None] = mapped_column(String(20))
    disbursement_reference: Mapped[str | None]
    disbursed_amount: Mapped[Decimal | None]
    closed_at: Mapped[datetime | None]
    notes: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)
    schedule_version: Mapped[int] = mapped_column(default=0)
    account_version: Mapped[int] = mapped_column(default=0)
    paid: Mapped[Decimal] = mapped_column(default=Decimal(0))
    outstanding: Mapped[Decimal]
    undone: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    is_reopened: Mapped[bool] = mapped_column(default=False)
    makers: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default="[]")
    approver_id: Mapped[UUID | None]

    __table_args__ = (
        Index(
            "loans_one_running_per_member",
            "member_id",
            unique=True,
            postgresql_where=text(f"status IN ({_RUNNING}) AND deleted_at IS NULL AND NOT is_reopened"),
        ),
        Index("loans_newest_idx", "created_at", "id"),
        Index("loans_newest_of_officer_idx", "officer_id", "created_at", "id"),
        Index("loans_newest_of_union_idx", "union_id", "created_at", "id"),
        Index("loans_newest_of_member_idx", "member_id", "created_at", "id"),
        Index("loans_newest_of_type_idx", "loan_type_id", "created_at", "id"),
        Index("loans_newest_in_status_idx", "status", "created_at", "id"),
        CheckConstraint("principal > 0 AND interest_total >= 0 AND outstanding >= 0 AND paid >= 0", name="amounts"),
    )

    @property
    def conditions(self) -> Conditions:
        """What it was agreed on, with its whole processing fee."""
        return Conditions(interest=self.interest, charges=self.charges, first_due_on=self.first_due_on)


# Numbers are found by any part of them.
Index(
    "loans_number_idx",
    func.lower(Loan.loan_number).label("number"),
    postgresql_using="gin",
    postgresql_ops={"number": "gin_trgm_ops"},
)


class Instalment(Base):
    """One line of a loan's schedule. What was not planned follows the events of payments: fees and penalties, interest
    that was waived, what is paid. A line that `is_charge_line` is that of the charges after the last due date."""

    __tablename__ = "instalments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"))
    sequence: Mapped[int]
    due_on: Mapped[date]
    principal: Mapped[Decimal]
    interest: Mapped[Decimal]
    penalty: Mapped[Decimal] = mapped_column(default=Decimal(0))
    fee: Mapped[Decimal] = mapped_column(default=Decimal(0))
    is_charge_line: Mapped[bool] = mapped_column(default=False)
    paid: Mapped[Decimal]
    status: Mapped[InstalmentStatus] = mapped_column(_choice(InstalmentStatus, "status"))
    closed_at: Mapped[datetime | None]
    account_version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (
        Index("instalments_loan_id_sequence_key", "loan_id", "sequence", unique=True),
        Index("instalments_open_idx", "loan_id", "due_on", postgresql_where=text("closed_at IS NULL")),
    )


class LoanRepayment(Base):
    """A repayment or its reversal as payments recorded it, kept to be shown with the loan."""

    __tablename__ = "loan_repayments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"))
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    method: Mapped[str] = mapped_column(String(20))
    paid_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    reference: Mapped[str | None]
    notes: Mapped[str | None]
    received_by: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(20), default="REPAYMENT")
    reversal_of_id: Mapped[UUID | None]
    allocations: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    account_version: Mapped[int]

    __table_args__ = (Index("loan_repayments_newest_idx", "loan_id", "paid_at", "id"),)


class EndedSchedule(Base):
    """A schedule that another one replaced, or that was taken away, as it was then."""

    __tablename__ = "schedule_history"

    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"), primary_key=True)
    schedule_version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    ended_by: Mapped[ScheduleEnd] = mapped_column(_choice(ScheduleEnd, "ended_by"))
    ended_at: Mapped[datetime]
    actor_id: Mapped[UUID | None]


class Reschedule(InterestColumns, Base):
    """A proposal to repay by other terms what falls due from a day on; made for one version of the schedule."""

    __tablename__ = "reschedules"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"))
    schedule_version: Mapped[int]
    from_on: Mapped[date]
    term_count: Mapped[int]
    term_unit: Mapped[TermUnit] = mapped_column(_choice(TermUnit, "term_unit"))
    first_due_on: Mapped[date | None]
    reason: Mapped[str | None]
    status: Mapped[ProposalStatus] = mapped_column(_choice(ProposalStatus, "status"))
    proposed_by: Mapped[UUID]
    # The person: the admin, where one acted as somebody else.
    proposer_id: Mapped[UUID | None]
    proposed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decision_notes: Mapped[str | None]

    __table_args__ = (
        Index("reschedules_one_open_per_loan", "loan_id", unique=True, postgresql_where=text("status = 'PROPOSED'")),
        Index("reschedules_of_loan_idx", "loan_id", "proposed_at", "id"),
        Index("reschedules_waiting_idx", "proposed_at", "id", postgresql_where=text("status = 'PROPOSED'")),
    )


class DocumentType(DocumentTypeColumns, Base):
    """What a document may be, as membership publishes it."""

    __tablename__ = "document_types"


class LoanDocument(DocumentColumns, Base):
    """A document of a loan, or of one of its guarantors, whose id the web client invents."""

    __tablename__ = "loan_documents"

    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"))
    guarantor_id: Mapped[str | None]
    guarantor_name: Mapped[str | None]


Index(
    "loan_documents_newest_of_loan_idx",
    LoanDocument.loan_id,
    LoanDocument.uploaded_at,
    LoanDocument.id,
    postgresql_where=LoanDocument.deleted_at.is_(None),
)


def terms_of(row: Loan | Reschedule, principal: Decimal) -> Terms:
    """The terms of a loan or a proposal, for an amount. Raises InvalidTerms."""
    return Terms(
        principal=principal,
        term_count=row.term_count,
        term_unit=row.term_unit,
        interest=row.interest,
        first_due_on=row.first_due_on,
    )

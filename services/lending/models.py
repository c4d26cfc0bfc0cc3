"""The tables of this schema: columns, constraints and relations; no rules."""

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

from services.lending.domain.loan import RUNNING, LoanStatus
from services.lending.domain.progress import InstalmentStatus
from services.lending.domain.terms import TermUnit
from shared.db import NAMING

Amount = Numeric(14, 2)
Moment = DateTime(timezone=True)


def _choice(kind: type[StrEnum], name: str) -> Enum:
    """A text column that holds one of the enum's values, checked by the database."""
    return Enum(kind, name=name, native_enum=False, create_constraint=True, length=20)


class Base(DeclarativeBase):
    """Everything this service owns; the mechanisms of `shared` bring tables of their own."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {Decimal: Amount, datetime: Moment, str: Text}


loan_number_sequence = Sequence("loan_number_seq", metadata=Base.metadata)


class LoanType(Base):
    """A product: the limits within which loans are made. Changing it never touches an existing loan."""

    __tablename__ = "loan_types"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str | None]
    min_amount: Mapped[Decimal]
    max_amount: Mapped[Decimal]
    term_unit: Mapped[TermUnit] = mapped_column(_choice(TermUnit, "term_unit"))
    min_term: Mapped[int]
    max_term: Mapped[int]
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


_RUNNING = ", ".join(f"'{status}'" for status in sorted(RUNNING))


class Loan(Base):
    """A loan and what payments told us of its account.

    `officer_id` is always the officer of the loan's union. `version` counts the events told about the loan,
    `schedule_version` the schedules made for it, `account_version` is the newest fact heard from payments.
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
    annual_rate: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    interest_total: Mapped[Decimal]
    processing_fee: Mapped[Decimal]
    processing_fee_collected: Mapped[bool] = mapped_column(default=False)
    penalty_per_day: Mapped[Decimal]
    status: Mapped[LoanStatus] = mapped_column(_choice(LoanStatus, "status"))
    created_by: Mapped[UUID]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None]
    disbursed_on: Mapped[date | None]
    disbursed_at: Mapped[datetime | None]
    disbursement_method: Mapped[str | None] = mapped_column(String(20))
    disbursement_reference: Mapped[str | None]
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

    __table_args__ = (
        Index(
            "loans_one_running_per_member",
            "member_id",
            unique=True,
            postgresql_where=text(f"status IN ({_RUNNING}) AND deleted_at IS NULL"),
        ),
        Index("loans_newest_idx", "created_at", "id"),
        Index("loans_newest_of_officer_idx", "officer_id", "created_at", "id"),
        Index("loans_newest_of_union_idx", "union_id", "created_at", "id"),
        Index("loans_newest_of_member_idx", "member_id", "created_at", "id"),
        Index("loans_newest_of_type_idx", "loan_type_id", "created_at", "id"),
        Index("loans_newest_in_status_idx", "status", "created_at", "id"),
        CheckConstraint("principal > 0 AND interest_total >= 0 AND outstanding >= 0 AND paid >= 0", name="amounts"),
    )


# Numbers are found by any part of them.
Index(
    "loans_number_idx",
    func.lower(Loan.loan_number).label("number"),
    postgresql_using="gin",
    postgresql_ops={"number": "gin_trgm_ops"},
)


class Instalment(Base):
    """One line of a loan's schedule. `paid`, `status` and `closed_at` follow what payments tells."""

    __tablename__ = "instalments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"))
    sequence: Mapped[int]
    due_on: Mapped[date]
    principal: Mapped[Decimal]
    interest: Mapped[Decimal]
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
    """A repayment as payments recorded it, kept to be shown with the loan."""

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
    allocations: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    account_version: Mapped[int]

    __table_args__ = (Index("loan_repayments_newest_idx", "loan_id", "paid_at", "id"),)

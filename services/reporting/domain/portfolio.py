"""A loan as reports need it.

Its facts come from lending and its account from payments, each with a version of its own: whichever comes late, or
twice, changes nothing, and either may come first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.reporting.domain.sums import Figure, Part, SumKey, month_slot
from shared.money import ZERO

ONE = Decimal(1)


class LoanStatus(StrEnum):
    """Where a loan stands, in the order of its life."""

    DRAFT = "DRAFT"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    APPROVED = "APPROVED"
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    DEFAULTED = "DEFAULTED"
    WRITTEN_OFF = "WRITTEN_OFF"
    CANCELED = "CANCELED"


# The money of loans in these statuses went to the member.
DISBURSED = frozenset({LoanStatus.ACTIVE, LoanStatus.COMPLETED, LoanStatus.DEFAULTED, LoanStatus.WRITTEN_OFF})


@dataclass(frozen=True, slots=True)
class Facts:
    """A loan as lending reports it. `interest` is that of the whole term; `created_on` is the institution's day."""

    version: int
    union_id: UUID
    status: LoanStatus
    principal: Decimal
    interest: Decimal
    created_at: datetime
    created_on: date
    disbursed_on: date | None
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """A loan's account as payments reports it: what was paid, and what is still owed, due or not."""

    version: int
    paid: Decimal
    outstanding: Decimal


@dataclass(frozen=True, slots=True)
class Repayment:
    """Money received from a member, by the day it came; of a negative amount when a repayment was taken back."""

    id: UUID
    loan_id: UUID
    amount: Decimal
    paid_on: date


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan by its events so far. `repaid` is what was paid by month (see `month_slot`), as far as looked up."""

    id: UUID
    facts: Facts | None = None
    account: Account | None = None
    repaid: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def paid(self) -> Decimal:
        """What was paid, by the account."""
        return self.account.paid if self.account else ZERO

    @property
    def outstanding(self) -> Decimal:
        """What is still owed, never negative: all of principal and interest until payments says otherwise."""
        if self.account:
            return max(self.account.outstanding, ZERO)
        return self.facts.principal + self.facts.interest if self.facts else ZERO


def with_facts(loan: Loan, facts: Facts) -> Loan:
    """The loan with these facts, unless it has newer ones."""
    is_old = loan.facts is not None and loan.facts.version >= facts.version
    return loan if is_old else replace(loan, facts=facts)


def with_account(loan: Loan, account: Account) -> Loan:
    """The loan with this account, unless it has a newer one."""
    is_old = loan.account is not None and loan.account.version >= account.version
    return loan if is_old else replace(loan, account=account)


def with_repayment(loan: Loan, repayment: Repayment) -> Loan:
    """The loan with a repayment that was not counted before."""
    slot = month_slot(repayment.paid_on)
    return replace(loan, repaid={**loan.repaid, slot: loan.repaid.get(slot, ZERO) + repayment.amount})


def loan_parts(loan: Loan) -> Iterator[Part]:
    """What a loan adds to the sums; nothing before its facts have come, which say where it belongs, nor once it
    was deleted."""
    facts = loan.facts
    if facts is None or facts.is_deleted:
        return
    yield SumKey(Figure.LOANS, facts.status, facts.union_id), ONE
    yield SumKey(Figure.PRINCIPAL, facts.status, facts.union_id), facts.principal
    yield SumKey(Figure.PAID, facts.status, facts.union_id), loan.paid
    yield SumKey(Figure.OUTSTANDING, facts.status, facts.union_id), loan.outstanding
    yield SumKey(Figure.NEW_LOANS, month_slot(facts.created_on), facts.union_id), ONE
    if facts.status in DISBURSED and facts.disbursed_on:
        yield SumKey(Figure.DISBURSED, month_slot(facts.disbursed_on), facts.union_id), facts.principal
    for slot, amount in loan.repaid.items():
        yield SumKey(Figure.REPAID, slot, facts.union_id), amount

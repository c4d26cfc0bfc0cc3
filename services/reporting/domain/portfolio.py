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

from services.reporting.domain.facts import Split
from services.reporting.domain.sums import Figure, Part, SumKey, month_slot
from shared.money import ZERO

ONE = Decimal(1)


class RepaymentKind(StrEnum):
    """A recovery comes in on a loan that is written off; a reversal takes another entry back."""

    REPAYMENT = "REPAYMENT"
    RECOVERY = "RECOVERY"
    REVERSAL = "REVERSAL"


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
    """A loan as lending reports it. `interest` is that of the whole term; `created_on` is the institution's day.

    The release before did not keep what is None here without a reason, so that it is filled in when events come again;
    `loan_number` tells.
    """

    version: int
    union_id: UUID
    status: LoanStatus
    principal: Decimal
    interest: Decimal
    created_at: datetime
    created_on: date
    disbursed_on: date | None
    is_deleted: bool = False
    loan_number: str | None = None
    member_id: UUID | None = None
    loan_type_id: UUID | None = None
    end_on: date | None = None
    submitted_at: datetime | None = None
    approved_at: datetime | None = None
    closed_at: datetime | None = None
    fee_collected: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A loan's account as payments reports it: what was paid, and what is still owed, due or not."""

    version: int
    paid: Decimal
    outstanding: Decimal
    outstanding_principal: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Repayment:
    """Money received from a member, by the day it came; of a negative amount when a repayment was taken back."""

    id: UUID
    loan_id: UUID
    amount: Decimal
    paid_on: date
    kind: RepaymentKind
    account_version: int
    recorded_at: datetime
    recorded_on: date
    split: Split
    union_id: UUID
    reversal_of_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan by its events so far. `repaid` is what was paid by month (see `month_slot`), as far as looked up;
    `last_counts_from` is the newest day from which something of it counts."""

    id: UUID
    facts: Facts | None = None
    account: Account | None = None
    repaid: Mapping[str, Decimal] = field(default_factory=dict)
    last_counts_from: date | None = None

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

    @property
    def outstanding_principal(self) -> Decimal | None:
        """What is still owed of the principal: all of it until payments says otherwise."""
        if self.account:
            return self.account.outstanding_principal
        return self.facts.principal if self.facts else ZERO


def with_facts(loan: Loan, facts: Facts) -> Loan:
    """The loan with these facts, unless it has newer ones; or of this version, with nothing left out."""
    existing = loan.facts
    if existing is not None and (existing.version, existing.loan_number is not None) >= (facts.version, True):
        return loan
    return replace(loan, facts=facts)


def with_account(loan: Loan, account: Account) -> Loan:
    """The loan with this account, unless it has a newer one; or of this version, with nothing left out."""
    existing = loan.account
    if existing is not None and (existing.version, existing.outstanding_principal is not None) >= (
        account.version,
        True,
    ):
        return loan
    return replace(loan, account=account)


def with_repayment(loan: Loan, repayment: Repayment) -> Loan:
    """The loan with a repayment that was not counted before."""
    return with_repaid(loan, repayment.paid_on, repayment.amount)


def with_repaid(loan: Loan, day: date, amount: Decimal) -> Loan:
    """The loan with so much more paid on a day; with less by a negative amount."""
    slot = month_slot(day)
    return replace(loan, repaid={**loan.repaid, slot: loan.repaid.get(slot, ZERO) + amount})


def with_day(loan: Loan, day: date) -> Loan:
    """The loan with something that counts from this day."""
    is_old = loan.last_counts_from is not None and loan.last_counts_from >= day
    return loan if is_old else replace(loan, last_counts_from=day)


def has_same_facts(before: Loan, after: Loan) -> bool:
    """Whether a loan of which both facts and account were known has the same facts as before."""
    return None not in (before.facts, before.account) and before.facts is after.facts


def loan_parts(loan: Loan) -> Iterator[Part]:
    """What a loan adds to the sums; nothing before its facts have come, which say where it belongs, nor once it
    was deleted."""
    yield from _parts_of_facts(loan)
    yield from _parts_of_account(loan)


def parts_of_change(before: Loan, after: Loan) -> tuple[Iterator[Part], Iterator[Part]]:
    """What a loan adds to the sums before and after a change, without what its facts add where they are the same."""
    if before.facts is after.facts:
        return _parts_of_account(before), _parts_of_account(after)
    return loan_parts(before), loan_parts(after)


def _parts_of_facts(loan: Loan) -> Iterator[Part]:
    facts = loan.facts
    if facts is None or facts.is_deleted:
        return
    yield SumKey(Figure.LOANS, facts.status, facts.union_id), ONE
    yield SumKey(Figure.PRINCIPAL, facts.status, facts.union_id), facts.principal
    yield SumKey(Figure.NEW_LOANS, month_slot(facts.created_on), facts.union_id), ONE
    if facts.status in DISBURSED and facts.disbursed_on:
        yield SumKey(Figure.DISBURSED, month_slot(facts.disbursed_on), facts.union_id), facts.principal


def _parts_of_account(loan: Loan) -> Iterator[Part]:
    facts = loan.facts
    if facts is None or facts.is_deleted:
        return
    yield SumKey(Figure.PAID, facts.status, facts.union_id), loan.paid
    yield SumKey(Figure.OUTSTANDING, facts.status, facts.union_id), loan.outstanding
    for slot, amount in loan.repaid.items():
        yield SumKey(Figure.REPAID, slot, facts.union_id), amount

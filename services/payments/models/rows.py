"""What a query returns of the tables and of the directory around them: typed rows, in the order of their columns."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.payments.domain.account import Account
from services.payments.domain.punctuality import DueLine


@dataclass(frozen=True, slots=True)
class LoanInShort(Account):
    """The account of a loan with the names of member and union. What the directory does not know yet is None."""

    member_code: str | None
    member_first_name: str | None
    member_last_name: str | None
    member_phone: str | None
    union_name: str | None
    union_location: str | None


@dataclass(frozen=True, slots=True)
class LoanInFull(LoanInShort):
    """The account of a loan with all that is known of the people around it."""

    member_details: dict[str, Any] | None
    union_address: str | None
    union_created_at: datetime | None
    union_updated_at: datetime | None
    loan_type_name: str | None
    officer_email: str | None
    officer_first_name: str | None
    officer_last_name: str | None
    officer_role: str | None
    creator_email: str | None
    creator_first_name: str | None
    creator_last_name: str | None
    creator_role: str | None


@dataclass(frozen=True, slots=True)
class LoanTypeRow:
    """A loan type as lending last published it."""

    id: UUID
    name: str
    description: str | None
    min_amount: Decimal
    max_amount: Decimal
    term_unit: str
    min_term: int
    max_term: int
    is_active: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class InstalmentRow:
    """An instalment: what falls due on it by part, and what is paid of that."""

    id: UUID
    loan_id: UUID
    officer_id: UUID
    is_listed: bool
    sequence: int
    due_on: date
    penalty: Decimal
    fee: Decimal
    interest: Decimal
    interest_rebated: Decimal
    is_charge_line: bool
    principal: Decimal
    total: Decimal
    penalty_paid: Decimal
    fee_paid: Decimal
    interest_paid: Decimal
    principal_paid: Decimal
    paid: Decimal
    status: str
    closed_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class UnpaidInstalment:
    """An instalment on which something is owed: how much, by part, and its `total` and what is `paid` of that."""

    loan_id: UUID
    instalment_id: UUID
    sequence: int
    due_on: date
    penalty: Decimal
    fee: Decimal
    interest: Decimal
    principal: Decimal
    total: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class RepaymentRow:
    """A repayment, or the reversal of one."""

    id: UUID
    loan_id: UUID
    officer_id: UUID
    amount: Decimal
    currency: str
    method: str
    paid_at: datetime
    paid_on: date
    recorded_at: datetime
    business_date: date
    reference: str | None
    notes: str | None
    received_by: UUID
    meant_for_instalment_id: UUID | None
    account_version: int
    kind: str
    reversal_of_id: UUID | None


@dataclass(frozen=True, slots=True)
class RepaymentInFull(RepaymentRow):
    """A repayment or a reversal with who received it and what reversed it."""

    receiver_email: str | None
    receiver_role: str | None
    reversed_by_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """The part of a repayment that is put on an instalment."""

    id: UUID
    repayment_id: UUID
    instalment_id: UUID
    sequence: int
    due_on: date
    penalty: Decimal
    fee: Decimal
    interest: Decimal
    principal: Decimal
    amount: Decimal
    created_at: datetime

    @property
    def by_part(self) -> tuple[Decimal, Decimal, Decimal, Decimal]:
        """Penalty, fee, interest and principal."""
        return self.penalty, self.fee, self.interest, self.principal


@dataclass(frozen=True, slots=True)
class NewAllocation(AllocationRow):
    """A part of a repayment that is recorded now, and how it leaves its instalment."""

    paid: Decimal
    status: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class AllocationWithRepayment(AllocationRow):
    """A part of a repayment, with the repayment it came from."""

    repayment_amount: Decimal
    method: str
    paid_at: datetime
    reference: str | None
    notes: str | None
    received_by: UUID
    receiver_email: str | None


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """A charge or a rebate, with its waiver, if it was given up, and with what reversed the repayment of a rebate."""

    id: UUID
    loan_id: UUID
    kind: str
    due_on: date
    amount: Decimal
    note: str | None
    recorded_by: UUID | None
    recorded_at: datetime
    business_date: date
    account_version: int
    late_instalment_id: UUID | None
    repayment_id: UUID | None
    reason: str | None = None
    waived_by: UUID | None = None
    waived_at: datetime | None = None
    waived_on: date | None = None
    reversed_by_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RecordedPayment:
    """What a key or a reference stands for: a repayment, its loan and its amount."""

    repayment_id: UUID
    loan_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True)
class AttendanceRow:
    """What the sheets of a day say of a member."""

    member_id: UUID
    day: date
    union_id: UUID
    mark: str
    noted_by: UUID
    noted_at: datetime


@dataclass(frozen=True, slots=True)
class SheetHandedInRow:
    """A sheet that was handed in, with what it brought."""

    id: UUID
    union_id: UUID
    day: date
    handed_in_by: UUID
    handed_in_at: datetime
    recorded: int
    amount: Decimal
    cash: Decimal
    refused: int
    absent: int
    cash_count: list[dict[str, Any]] | None


@dataclass(frozen=True, slots=True)
class MethodSum:
    """Number and amount of the repayments of a method."""

    method: str
    number: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LateLoan:
    """A loan on which a penalty accrues for a day, with its oldest late instalment and the line the penalty falls due
    with: `instalment_id`, else the line of charges, `charge_line_id`, else a new one after `last_sequence`."""

    loan_id: UUID
    loan_number: str
    union_id: UUID
    officer_id: UUID
    version: int
    daily_penalty: Decimal
    late_instalment_id: UUID
    instalment_id: UUID | None
    charge_line_id: UUID | None
    last_sequence: int


@dataclass(frozen=True, slots=True)
class RaisedInstalment(InstalmentRow):
    """An instalment that asks for more; `was_closed_at` is when nothing was owed on it before."""

    was_closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnionRow:
    """A union as the directory knows it."""

    id: UUID
    name: str
    location: str | None


@dataclass(frozen=True, slots=True)
class UnionOfDay(UnionRow):
    """A union on a day: its officer, its members, how many of them the sheet says were not there, and when the sheet
    was first handed in."""

    officer_id: UUID
    officer_first_name: str | None
    officer_last_name: str | None
    members: int
    absent: int
    handed_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnionOfOfficer:
    """A union of an officer on a day, and when its sheet was first handed in; of an officer without a union both are
    None."""

    officer_id: UUID
    officer_first_name: str | None
    officer_last_name: str | None
    union_id: UUID | None
    handed_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class DueOfUnion:
    """What the loans of a union come to on a day: `expected` fell due on the day, paid or not, `due_today` is what is
    still owed of that, `arrears` what is owed from before, on `late_loans`; `loans` is how many fall due on the day."""

    union_id: UUID
    loans: int
    expected: Decimal
    due_today: Decimal
    arrears: Decimal
    late_loans: int


@dataclass(frozen=True, slots=True)
class WaitingLoan:
    """A loan that waits for somebody, one of `group_size` of its kind, and since when."""

    waits_as: str
    group_size: int
    loan_id: UUID
    loan_number: str
    member_id: UUID
    member_first_name: str | None
    member_last_name: str | None
    union_id: UUID
    union_name: str | None
    officer_id: UUID
    principal: Decimal
    since: datetime


@dataclass(frozen=True, slots=True)
class OwedLine(DueLine):
    """An instalment that fell due, and what is still owed on it."""

    owed: Decimal


@dataclass(frozen=True, slots=True)
class Marks:
    """How often a sheet said one thing of a member, and the first and the last day."""

    number: int
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as the directory knows them, with the name of their union."""

    id: UUID
    code: str
    first_name: str
    last_name: str
    phone: str | None
    union_id: UUID
    union_name: str

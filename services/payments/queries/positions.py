"""Where loans stand at the end of any day, from facts: what is owed, what of it is late, and since when.

Live on a day is what was disbursed by then, not written off by then, and not yet paid. A repayment counts from its
value date, whenever it was recorded; a reversal and a waiver from their own day, a charge from the day it is due.
This assumes that repayments are allocated in order of value date (`domain.replay`): those that came after the day took
nothing from those before it, so the day is what stands now, with what was allocated after it given back. Only where
something else was recorded since (`unsettled`: a charge, a waiver, a reversal or another schedule) the loan has to be
replayed, on the schedule that counted on the day.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Date,
    Subquery,
    bindparam,
    case,
    exists,
    func,
    literal,
    select,
    union_all,
)

from services.payments.domain.account import LoanStatus
from services.payments.domain.portfolio import LAST_DAYS, Bucket, Holding, Position
from services.payments.models.ledger import (
    Moment,
    allocations,
    charges,
    instalments,
    is_open,
    loan_accounts,
    repayments,
    waivers,
)
from services.payments.models.schedules import loan_schedules
from services.payments.queries.rows import columns_of
from shared.money import ZERO

DAY = bindparam("day", type_=Date)
_END, _NEXT_MIDNIGHT = bindparam("day_ends", type_=Moment), bindparam("next_midnight", type_=Moment)
_EVER_LIVE = (LoanStatus.ACTIVE, LoanStatus.DEFAULTED, LoanStatus.COMPLETED, LoanStatus.WRITTEN_OFF)


@dataclass(frozen=True, slots=True)
class AsOf:
    """The end of a day of the institution, whose time zone is `zone`."""

    day: date
    zone: str

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of the parameters of these queries."""
        next_day = self.day + timedelta(days=1)
        ends = datetime.combine(next_day, time(), ZoneInfo(self.zone))
        return {"day": self.day, "day_ends": ends, "next_midnight": datetime.combine(next_day, time(), UTC)}


def unsettled_loans(connection: Connection, as_of: AsOf, which: ColumnElement[bool]) -> dict[UUID, UUID]:
    """The officers of the loans that were live on the day and have to be replayed to know how they stood, by loan."""
    query = select(loan_accounts.c.loan_id, loan_accounts.c.officer_id)
    query = query.where(which, _was_live(), _is_unsettled())
    return {row.loan_id: row.officer_id for row in connection.execute(query, as_of.parameters)}


def late_loans(
    connection: Connection, as_of: AsOf, which: ColumnElement[bool], *, at_most: int | None = None
) -> tuple[list[tuple[UUID, Position]], int]:
    """The loans in arrears with their positions, the longest first, and how many there are, which may be more than
    `at_most`; the unsettled ones left out."""
    position = position_of(which)
    columns = columns_of(Position, position)
    late = select(position.c.loan_id, func.count().over(), *columns).where(position.c.days_in_arrears > 0)
    longest_first = late.order_by(position.c.days_in_arrears.desc(), position.c.loan_id).limit(at_most)
    rows = connection.execute(longest_first, as_of.parameters).all()
    return [(row[0], Position(*row[2:])) for row in rows], rows[0][1] if rows else 0


def sums_by_bucket(connection: Connection, as_of: AsOf, which: ColumnElement[bool]) -> list[tuple[Bucket, Holding]]:
    """What live loans come to, by bucket; the unsettled ones left out."""
    position = position_of(which)
    query = select(bucket_of(position).label("bucket"), *sums(position)).group_by("bucket")
    return [(Bucket(row[0]), Holding(*row[1:])) for row in connection.execute(query, as_of.parameters)]


def position_of(which: ColumnElement[bool]) -> CTE:
    """The loans that were live and owed something on the day, with what they owed then; the unsettled ones left out.

    Its parameters are those of `AsOf`.
    """
    account = loan_accounts.c
    has_owed = (account.outstanding > 0) | (account.last_paid_on > DAY)
    loan = (
        select(
            account.loan_id,
            account.officer_id,
            account.status,
            account.outstanding,
            account.outstanding_principal,
            account.last_paid_on,
        )
        .where(which, _was_live(), has_owed, ~_is_unsettled())
        .cte("loan")
    )
    later = _allocated_later(loan)
    late = _late(loan, later)
    given_back = _by_loan(later)
    outstanding = loan.c.outstanding + func.coalesce(given_back.c.amount, ZERO)
    return (
        select(
            loan.c.loan_id,
            loan.c.officer_id,
            func.coalesce(DAY - late.c.oldest_due_on, 0).label("days_in_arrears"),
            func.coalesce(late.c.arrears, ZERO).label("arrears"),
            outstanding.label("outstanding"),
            (loan.c.outstanding_principal + func.coalesce(given_back.c.principal, ZERO)).label("outstanding_principal"),
        )
        .outerjoin_from(loan, late, late.c.loan_id == loan.c.loan_id)
        .outerjoin(given_back, given_back.c.loan_id == loan.c.loan_id)
        .where(outstanding > 0)
        .cte("position")
    )


def sums(position: CTE) -> list[ColumnElement[Any]]:
    """The columns that sum up some positions."""
    amounts = ("outstanding_principal", "outstanding", "arrears")
    return [func.count().label("loans"), *(func.sum(position.c[name]).label(name) for name in amounts)]


def bucket_of(position: CTE) -> ColumnElement[str]:
    """`domain.portfolio.bucket` in SQL."""
    days = position.c.days_in_arrears
    return case(*((days <= last, literal(name.value)) for name, last in LAST_DAYS.items()), else_=Bucket.OVER_180.value)


def _is_by_then(instant: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the value date of an instant (`domain.value_date`) is the day or before, in a form that statistics fit.

    Before the day ends where the institution is; but what is midnight UTC sharp stands for the day that begins then.
    """
    return (instant < _END) & (instant != _NEXT_MIDNIGHT)


def _was_live() -> ColumnElement[bool]:
    account = loan_accounts.c
    return (
        account.status.in_(_EVER_LIVE)
        & ~account.is_deleted
        & _is_by_then(account.disbursed_at)
        & ((account.status != LoanStatus.WRITTEN_OFF) | ~_is_by_then(account.closed_at))
    )


def _is_unsettled() -> ColumnElement[bool]:
    """Whether something was recorded of a loan that counts from after the day, and is no repayment."""
    waived = select(charges.c.loan_id).join(waivers).where(waivers.c.business_date > DAY)
    charged = select(charges.c.loan_id).where(charges.c.due_on > DAY)
    is_reversal = repayments.c.reversal_of_id.is_not(None)
    taken_back = select(repayments.c.loan_id).where(is_reversal, repayments.c.business_date > DAY)
    scheduled = select(loan_schedules.c.loan_id).where(loan_schedules.c.counts_from > DAY)
    unsettled = union_all(waived, charged, taken_back, scheduled).subquery("unsettled")
    return exists().where(unsettled.c.loan_id == loan_accounts.c.loan_id)


def _allocated_later(loan: CTE) -> CTE:
    """By instalment, what repayments of after the day pay of it."""
    # The bound on the instant, wide enough for any time zone, is what has an index.
    is_later = (repayments.c.paid_on > DAY) & (repayments.c.paid_at >= DAY - 1)
    return (
        select(
            instalments.c.loan_id,
            instalments.c.due_on,
            func.sum(allocations.c.amount).label("amount"),
            func.sum(allocations.c.principal).label("principal"),
        )
        .join_from(loan, repayments, (repayments.c.loan_id == loan.c.loan_id) & is_later)
        .join(allocations, allocations.c.repayment_id == repayments.c.id)
        .join(instalments, instalments.c.id == allocations.c.instalment_id)
        .where(loan.c.last_paid_on > DAY)
        .group_by(instalments.c.id)
        .cte("later")
    )


def _by_loan(later: CTE) -> Subquery:
    sums = (func.sum(later.c[name]).label(name) for name in ("amount", "principal"))
    return select(later.c.loan_id, *sums).group_by(later.c.loan_id).subquery("given_back")


def _late(loan: CTE, later: CTE) -> Subquery:
    owed = select(instalments.c.loan_id, instalments.c.due_on, (instalments.c.total - instalments.c.paid).label("owed"))
    owed = owed.join(loan, loan.c.loan_id == instalments.c.loan_id).where(instalments.c.due_on < DAY)
    # A loan written off since the day has left the lists, and with them the index of open instalments.
    unlisted = owed.where(loan.c.status == LoanStatus.WRITTEN_OFF, instalments.c.closed_at.is_(None))
    given_back = select(later.c.loan_id, later.c.due_on, later.c.amount).where(later.c.due_on < DAY)
    lines = union_all(owed.where(is_open), unlisted, given_back).subquery("late_line")
    return (
        select(
            lines.c.loan_id, func.min(lines.c.due_on).label("oldest_due_on"), func.sum(lines.c.owed).label("arrears")
        )
        .group_by(lines.c.loan_id)
        .subquery("late")
    )

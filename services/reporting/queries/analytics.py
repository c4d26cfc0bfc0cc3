"""What the figures of unions are made of."""

from collections.abc import Collection
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Connection, Date, Row, Text, Uuid, bindparam, text

from services.reporting.domain.analytics import Book, Branch, Logins, PeriodType, Revenue, Staff, Starts
from services.reporting.domain.portfolio import DISBURSED, LoanStatus
from services.reporting.domain.sums import month_slot
from shared.context import Actor, Role
from shared.money import ZERO

_WITH_DUE_DATES = (LoanStatus.APPROVED, LoanStatus.ACTIVE, LoanStatus.DEFAULTED)
_LOGIN = "USER_LOGIN"

# Sums by month answer for whole months, so that a year costs no more than a month; the days of a shorter period are
# added up. A fee counts from the day of the disbursement, as what is paid at once when the money goes out.
_BRANCHES = text(
    """
    WITH branch AS (
        SELECT branch.id, branch.name, branch.officer_id, coalesce(officer.is_active, false) AS is_officer_active
          FROM directory_union AS branch LEFT JOIN directory_staff AS officer ON officer.id = branch.officer_id
         WHERE NOT branch.is_deleted AND (:of_everybody OR officer.supervisor_id = :actor_id AND NOT officer.is_deleted)
           AND (:of_all OR branch.id = ANY(:union_ids))
    ), summed AS (
        SELECT union_id,
               sum(total) FILTER (WHERE figure = 'members') AS members,
               sum(total) FILTER (WHERE figure = 'loans') AS loans,
               sum(total) FILTER (WHERE figure = 'loans' AND slot = 'ACTIVE') AS active_loans,
               sum(total) FILTER (WHERE figure = 'loans' AND slot IN ('DEFAULTED', 'WRITTEN_OFF')) AS defaulted_loans,
               sum(total) FILTER (WHERE figure = 'principal' AND slot = ANY(:disbursed)) AS disbursed,
               sum(total) FILTER (WHERE figure = 'paid' AND slot = ANY(:disbursed)) AS repaid,
               sum(total) FILTER (WHERE figure = 'outstanding' AND slot = ANY(:disbursed)) AS outstanding,
               sum(total) FILTER (WHERE figure = 'repaid' AND slot = :month_slot) AS month,
               sum(total) FILTER (WHERE figure = 'repaid' AND slot BETWEEN :quarter_slot AND :month_slot) AS quarter,
               sum(total) FILTER (WHERE figure = 'repaid' AND slot BETWEEN :year_slot AND :month_slot) AS year
          FROM portfolio_sums WHERE union_id IN (SELECT id FROM branch) GROUP BY union_id
    ), late AS (
        SELECT union_id, count(*) AS overdue_loans FROM portfolio_loans
         WHERE oldest_due_on < :today AND status = ANY(:with_due_dates) AND version > 0 AND NOT is_deleted
           AND union_id IN (SELECT id FROM branch)
         GROUP BY union_id
    ), charged AS (
        SELECT union_id,
               sum(fee_collected) FILTER (WHERE disbursed_on BETWEEN :first AND :today) AS fees_of_period,
               sum(fee_collected) FILTER (WHERE disbursed_on >= :month) AS fees_of_month,
               sum(fee_collected) FILTER (WHERE disbursed_on >= :quarter) AS fees_of_quarter,
               sum(fee_collected) FILTER (WHERE disbursed_on >= :year) AS fees_of_year
          FROM portfolio_loans
         WHERE disbursed_on >= least(:first, :year) AND disbursed_on < :month + interval '1 month'
           AND version > 0 AND NOT is_deleted AND union_id IN (SELECT id FROM branch)
         GROUP BY union_id
    ), received AS (
        SELECT loan.union_id, sum(repaid.amount) AS period
          FROM repayments AS repaid JOIN portfolio_loans AS loan ON loan.id = repaid.loan_id
         WHERE :adds_up_days AND repaid.paid_on BETWEEN :first AND :today AND loan.version > 0 AND NOT loan.is_deleted
           AND loan.union_id IN (SELECT id FROM branch)
         GROUP BY loan.union_id
    ), signed_in AS (
        SELECT actor_id, count(*) FILTER (WHERE occurred_at >= :day_begins) AS today,
               count(*) FILTER (WHERE occurred_at >= :week_begins) AS week,
               count(*) FILTER (WHERE occurred_at >= :month_begins) AS month
          FROM audit_entries
         WHERE action = :login AND occurred_at >= least(:week_begins, :month_begins)
           AND actor_id IN (SELECT officer_id FROM branch)
         GROUP BY actor_id
    )
    SELECT branch.id, branch.name, branch.is_officer_active, summed.members, summed.loans, summed.active_loans,
           summed.defaulted_loans, late.overdue_loans, summed.disbursed, summed.repaid, summed.outstanding,
           summed.month, summed.quarter, summed.year, received.period, charged.fees_of_period, charged.fees_of_month,
           charged.fees_of_quarter, charged.fees_of_year, signed_in.today AS logins_today,
           signed_in.week AS logins_of_week, signed_in.month AS logins_of_month
      FROM branch LEFT JOIN summed ON summed.union_id = branch.id LEFT JOIN late ON late.union_id = branch.id
      LEFT JOIN charged ON charged.union_id = branch.id
      LEFT JOIN received ON received.union_id = branch.id LEFT JOIN signed_in ON signed_in.actor_id = branch.officer_id
     ORDER BY branch.name, branch.id
    """
).bindparams(
    bindparam("union_ids", type_=ARRAY(Uuid)),
    bindparam("disbursed", type_=ARRAY(Text)),
    bindparam("with_due_dates", type_=ARRAY(Text)),
    bindparam("actor_id", type_=Uuid()),
    *(bindparam(name, type_=Date) for name in ("first", "today", "month", "quarter", "year")),
)
_STAFF = text(
    """
    WITH person AS (
        SELECT id, is_active FROM directory_staff
         WHERE NOT is_deleted AND (:of_everybody OR id = :actor_id OR supervisor_id = :actor_id)
    ), login AS (
        SELECT occurred_at FROM audit_entries
         WHERE action = :login AND occurred_at >= least(:week_begins, :month_begins)
           AND actor_id IN (SELECT id FROM person)
    )
    SELECT (SELECT count(*) FROM person) AS users, (SELECT count(*) FROM person WHERE is_active) AS active_users,
           count(*) FILTER (WHERE occurred_at >= :day_begins) AS today,
           count(*) FILTER (WHERE occurred_at >= :week_begins) AS week,
           count(*) FILTER (WHERE occurred_at >= :month_begins) AS month
      FROM login
    """
).bindparams(bindparam("actor_id", type_=Uuid()))


def branches(
    connection: Connection,
    actor: Actor,
    period: PeriodType,
    since: Starts,
    zone: ZoneInfo,
    union_ids: Collection[UUID] | None = None,
) -> list[Branch]:
    """The figures of the unions that an actor may see, by name; of these only, when they are given."""
    is_long = period in (PeriodType.MONTHLY, PeriodType.QUARTERLY, PeriodType.YEARLY)
    values = {
        "of_all": union_ids is None,
        "union_ids": list(union_ids or ()),
        "disbursed": [status.value for status in DISBURSED],
        "with_due_dates": [status.value for status in _WITH_DUE_DATES],
        "first": since.of(period),
        "today": since.today,
        "month": since.month,
        "quarter": since.quarter,
        "year": since.year,
        "month_slot": month_slot(since.month),
        "quarter_slot": month_slot(since.quarter),
        "year_slot": month_slot(since.year),
        "adds_up_days": not is_long,
    }
    rows = connection.execute(_BRANCHES, values | _whose(actor) | _moments(since, zone)).all()
    return [_branch(row, period) for row in rows]


def staff(connection: Connection, actor: Actor, since: Starts, zone: ZoneInfo) -> Staff:
    """The accounts that an actor may see: a supervisor themselves and their officers, an admin all."""
    row = connection.execute(_STAFF, _whose(actor) | _moments(since, zone)).one()
    return Staff(users=row.users, active_users=row.active_users, logins=Logins(row.today, row.week, row.month))


def _whose(actor: Actor) -> dict[str, Any]:
    return {"of_everybody": actor.role is Role.ADMIN, "actor_id": actor.id}


def _moments(since: Starts, zone: ZoneInfo) -> dict[str, Any]:
    def begins(day: date) -> datetime:
        return datetime.combine(day, time(), zone)

    return {
        "login": _LOGIN,
        "day_begins": begins(since.today),
        "week_begins": begins(since.week),
        "month_begins": begins(since.month),
    }


def _branch(row: Row[Any], period: PeriodType) -> Branch:
    month, quarter, year = (
        _sum(row, "month", "fees_of_month"),
        _sum(row, "quarter", "fees_of_quarter"),
        _sum(row, "year", "fees_of_year"),
    )
    whole = {PeriodType.MONTHLY: month, PeriodType.QUARTERLY: quarter, PeriodType.YEARLY: year}
    of_period = whole[period] if period in whole else _sum(row, "period", "fees_of_period")
    return Branch(
        id=row.id,
        name=row.name,
        is_officer_active=row.is_officer_active,
        book=Book(
            members=int(row.members or 0),
            loans=int(row.loans or 0),
            active_loans=int(row.active_loans or 0),
            overdue_loans=row.overdue_loans or 0,
            defaulted_loans=int(row.defaulted_loans or 0),
            disbursed=row.disbursed or ZERO,
            repaid=row.repaid or ZERO,
            outstanding=row.outstanding or ZERO,
            revenue=Revenue(period=of_period, month=month, quarter=quarter, year=year),
        ),
        logins=Logins(row.logins_today or 0, row.logins_of_week or 0, row.logins_of_month or 0),
    )


def _sum(row: Row[Any], *names: str) -> Decimal:
    return sum((getattr(row, name) or ZERO for name in names), ZERO)

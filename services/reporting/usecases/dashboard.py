"""The dashboard of a supervisor, or of the whole institution."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from services.reporting.domain.calendar import ALWAYS, Days, Period, days_of, last_months
from services.reporting.domain.performance import (
    Collected,
    Membership,
    Performance,
    Punctuality,
    Standing,
    distribution,
    performance,
)
from services.reporting.domain.portfolio import LoanStatus
from services.reporting.domain.sums import Figure, month_slot
from services.reporting.queries import dashboard as figures
from services.reporting.queries.on_time_days import punctuality
from services.reporting.queries.staff import Officer, officers_of
from shared.money import ZERO

TREND_MONTHS = 6

F = TypeVar("F", Collected, Membership, Punctuality, Standing)


@dataclass(frozen=True, slots=True)
class Month:
    """What happened in one calendar month."""

    month: date
    disbursed: Decimal
    repaid: Decimal
    new_loans: int
    new_members: int


@dataclass(frozen=True, slots=True)
class OfficerPerformance:
    """An officer with the figures of their unions."""

    officer: Officer
    performance: Performance


@dataclass(frozen=True, slots=True)
class StatusShare:
    """The loans in one status."""

    status: LoanStatus
    loans: int
    principal: Decimal


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The team as a whole, each officer for themselves, and the last months."""

    summary: Performance
    officers: Sequence[OfficerPerformance]
    distribution: Sequence[StatusShare]
    months: Sequence[Month]


def read_dashboard(
    connection: Connection, *, supervisor_id: UUID | None, period: Period, zone: ZoneInfo, today: date
) -> Dashboard:
    """The dashboard of a supervisor's officers, or of everybody when None; of the loans made in the period, and of the
    money collected in it, on the days of the institution's time zone; without a period, in the month so far. What was
    paid on time is of the same days as far as they are over.

    Members and unions are those of now, the months those up to `today`; the period does not touch them.
    """
    officers = officers_of(connection, supervisor_id)
    scope = None if supervisor_id is None else [officer.id for officer in officers]
    standings = figures.standings(connection, scope, period)
    memberships = figures.memberships(connection, scope)
    days = Days(today.replace(day=1), today) if period == ALWAYS else days_of(period, zone)
    collected = figures.collected(connection, scope, days)
    on_time = punctuality(connection, scope, _before(today, days))
    members_of, loans_of = _by_officer(memberships), _by_officer(standings)
    money_of, due_of = _by_officer(collected), _by_officer(on_time)
    lines = [
        OfficerPerformance(
            officer,
            performance(
                officer.unions,
                members_of[officer.id],
                loans_of[officer.id],
                money_of[officer.id],
                due_of[officer.id],
            ),
        )
        for officer in officers
    ]
    return Dashboard(
        summary=performance(figures.count_unions(connection, scope), memberships, standings, collected, on_time),
        officers=lines,
        distribution=[StatusShare(status, *total) for status, total in distribution(standings).items()],
        months=_months(connection, scope, today),
    )


def _by_officer(figures: Iterable[F]) -> defaultdict[UUID | None, list[F]]:
    """The figures of each officer: looking through all of them for each would take the square of the officers."""
    found: defaultdict[UUID | None, list[F]] = defaultdict(list)
    for figure in figures:
        found[figure.officer_id].append(figure)
    return found


def _before(today: date, days: Days) -> Days:
    yesterday = today - timedelta(days=1)
    return Days(days.first, yesterday if days.last is None else min(days.last, yesterday))


def _months(connection: Connection, scope: figures.Officers, today: date) -> list[Month]:
    months = last_months(today, TREND_MONTHS)
    totals = figures.by_month(connection, scope, since=months[0])

    def total(figure: Figure, month: date) -> Decimal:
        return totals.get((figure, month_slot(month)), ZERO)

    return [
        Month(
            month=month,
            disbursed=total(Figure.DISBURSED, month),
            repaid=total(Figure.REPAID, month),
            new_loans=int(total(Figure.NEW_LOANS, month)),
            new_members=int(total(Figure.NEW_MEMBERS, month)),
        )
        for month in months
    ]

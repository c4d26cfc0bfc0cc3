"""The figures of unions, one by one, side by side and together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from services.reporting.domain.analytics import Book, Branch, PeriodType, Staff, Starts, starts, together
from services.reporting.queries import analytics as figures
from shared.context import Actor
from shared.errors import NotFound


class BranchNotFound(NotFound):
    """No such union, or not for this actor to see."""


@dataclass(frozen=True, slots=True)
class Analysed:
    """The period that figures are of."""

    period: PeriodType
    since: Starts

    @property
    def first(self) -> date:
        """Its first day."""
        return self.since.of(self.period)

    @property
    def last(self) -> date:
        """Today, up to which it goes."""
        return self.since.today


@dataclass(frozen=True, slots=True)
class System:
    """All unions that an actor may see, together and one by one, and the staff behind them."""

    staff: Staff
    book: Book
    branches: Sequence[Branch]


def read_branches(
    connection: Connection, actor: Actor, period: PeriodType, *, today: date, zone: ZoneInfo
) -> tuple[Analysed, Sequence[Branch]]:
    """The figures of every union that an actor may see, by name."""
    analysed = Analysed(period, starts(today))
    return analysed, figures.branches(connection, actor, period, analysed.since, zone)


def compare_branches(
    connection: Connection, actor: Actor, period: PeriodType, union_ids: Sequence[UUID], *, today: date, zone: ZoneInfo
) -> tuple[Analysed, Sequence[Branch]]:
    """The figures of these unions in the order given, each once. Raises BranchNotFound when one is missing."""
    analysed, asked = Analysed(period, starts(today)), dict.fromkeys(union_ids)
    found = figures.branches(connection, actor, period, analysed.since, zone, union_ids=asked)
    by_id = {branch.id: branch for branch in found}
    if asked.keys() != by_id.keys():
        raise BranchNotFound("Branch not found")
    return analysed, [by_id[union_id] for union_id in asked]


def read_system(
    connection: Connection, actor: Actor, period: PeriodType, *, today: date, zone: ZoneInfo
) -> tuple[Analysed, System]:
    """The figures of all unions that an actor may see."""
    analysed, branches = read_branches(connection, actor, period, today=today, zone=zone)
    book = together([branch.book for branch in branches])
    return analysed, System(figures.staff(connection, actor, analysed.since, zone), book, branches)

"""What an officer's day is shown as. It is the first thing a phone asks for, so it is short."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from services.payments.domain.worklist import WaitsAs
from services.payments.models import rows
from services.payments.shapes.people import UnionRef
from shared import shapes
from shared.money import ZERO
from shared.words import full_name


class UnionWithFigures(NamedTuple):
    """A union on a day, with what its loans come to and what was collected."""

    union: rows.UnionOfDay | rows.UnionOfOfficer
    due: rows.DueOfUnion
    collected: Decimal

    @property
    def meets(self) -> bool:
        """Whether something falls due on the day: schedules are made for the days of meetings."""
        return self.due.loans > 0


def with_figures(
    union: rows.UnionOfDay | rows.UnionOfOfficer,
    union_id: UUID,
    due: Mapping[UUID, rows.DueOfUnion],
    collected: Mapping[UUID, Decimal],
) -> UnionWithFigures:
    """A union with its figures; zero where nothing is due."""
    nothing = rows.DueOfUnion(union_id, 0, ZERO, ZERO, ZERO, 0)
    return UnionWithFigures(union, due.get(union_id, nothing), collected.get(union_id, ZERO))


class UnionDay(shapes.Shape):
    union = shapes.included(UnionRef, "union.")
    officerId = shapes.identifier(of="union.officer_id")
    officerName = shapes.text(
        of=lambda union: full_name(union.officer_first_name, union.officer_last_name),
        description="The credit officer of the union.",
    )
    meets = shapes.flag()
    members = shapes.count(of="union.members")
    expected = shapes.money(of="due.expected")
    dueToday = shapes.money(of="due.due_today")
    collected = shapes.money()
    arrears = shapes.money(of="due.arrears")
    lateLoans = shapes.count(of="due.late_loans")
    absentMembers = shapes.count(of="union.absent")
    handedInAt = shapes.moment(maybe=True, of="union.handed_in_at")


Unions = Sequence[UnionWithFigures]


def _sum(unions: Unions, name: str) -> Decimal:
    return sum((getattr(each.due, name) for each in unions), ZERO)


class DayTotals(shapes.Shape):
    """The sums over some unions of the day, which are the row."""

    unions = shapes.count(of=lambda row: len(row))
    meeting = shapes.count(of=lambda row: sum(each.meets for each in row))
    handedIn = shapes.count(of=lambda row: sum(each.union.handed_in_at is not None for each in row))
    toHandIn = shapes.count(of=lambda row: sum(each.meets and each.union.handed_in_at is None for each in row))
    lastHandedInAt = shapes.moment(
        maybe=True,
        of=lambda row: max((each.union.handed_in_at for each in row if each.union.handed_in_at), default=None),
    )
    expected = shapes.money(of=lambda row: _sum(row, "expected"))
    dueToday = shapes.money(of=lambda row: _sum(row, "due_today"))
    collected = shapes.money(of=lambda row: sum((each.collected for each in row), ZERO))
    arrears = shapes.money(of=lambda row: _sum(row, "arrears"))
    lateLoans = shapes.count(of=lambda row: sum(each.due.late_loans for each in row))


def _member_name(member_first_name: str | None, member_last_name: str | None) -> str:
    return full_name(member_first_name, member_last_name)


class WaitingLoan(shapes.Shape):
    """A loan that waits for somebody; `since` is when it last changed."""

    loanId = shapes.identifier()
    loanNumber = shapes.text()
    memberId = shapes.identifier()
    memberName = shapes.text(of=_member_name)
    unionId = shapes.identifier()
    unionName = shapes.text(maybe=True)
    officerId = shapes.identifier()
    principalAmount = shapes.money(of="principal")
    since = shapes.moment()


class WaitingLoans(shapes.Shape):
    """How many wait in this way, and the latest of them."""

    count = shapes.count(of=lambda row: row[0].group_size if row else 0)
    loans = shapes.listed(WaitingLoan, of=lambda row: row)


Waits = dict[WaitsAs, list[rows.WaitingLoan]]


class Waiting(shapes.Shape):
    """Loans that wait for somebody before they run."""

    drafts = shapes.nested(WaitingLoans, of=lambda *, waits: waits[WaitsAs.DRAFT])
    submitted = shapes.nested(WaitingLoans, of=lambda *, waits: waits[WaitsAs.SUBMITTED])
    approved = shapes.nested(WaitingLoans, of=lambda *, waits: waits[WaitsAs.APPROVED])
    rejected = shapes.nested(WaitingLoans, of=lambda *, waits: waits[WaitsAs.REJECTED])


class OfficerDay(shapes.Shape):
    """A day of an officer or a team; all of it is given, `unions` as a list of UnionWithFigures."""

    on = shapes.calendar_day(of=shapes.given("on"))
    unions = shapes.listed(UnionDay, of=shapes.given("unions"))
    totals = shapes.nested(DayTotals, of=shapes.given("unions"))
    waiting = shapes.nested(Waiting, of=shapes.given("waits"))

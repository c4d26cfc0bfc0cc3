"""What the day of a team is shown as: a line for each of its officers."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.payments.shapes.officer_days import DayTotals, UnionWithFigures
from shared import shapes
from shared.words import full_name


class Officer(NamedTuple):
    """An officer, as the directory knows them."""

    id: UUID
    first_name: str | None
    last_name: str | None


class OfficerWithUnions(NamedTuple):
    """An officer with their unions on a day."""

    officer: Officer
    unions: Sequence[UnionWithFigures]


class OfficerTotals(shapes.Shape):
    """An officer, and the sums over their unions of the day."""

    officerId = shapes.identifier(of="officer.id")
    officerName = shapes.text(
        of=lambda officer: full_name(officer.first_name, officer.last_name), description="The credit officer."
    )
    totals = shapes.nested(DayTotals, of="unions")


class TeamDay(shapes.Shape):
    """A day of a team; all of it is given, `officers` as a list of OfficerWithUnions."""

    on = shapes.calendar_day(of=shapes.given("on"))
    totals = shapes.nested(
        DayTotals, of=lambda *, officers: [union for officer in officers for union in officer.unions]
    )
    officers = shapes.listed(OfficerTotals, of=shapes.given("officers"))

"""How far the officers of a team are on a day: who collected what, and who has not handed in."""

from itertools import groupby

from flask import Blueprint, Response

from services.payments.api.bodies.collection_sheet import SheetsFilters
from services.payments.models.rows import UnionOfOfficer
from services.payments.queries.officer_days import collected_by_union, due_by_union, rows_in_scope
from services.payments.queries.team_days import officers_with_unions
from services.payments.shapes.officer_days import with_figures
from services.payments.shapes.team_days import Officer, OfficerWithUnions, TeamDay
from shared.context import Role
from shared.web.auth import current_actor, requires
from shared.web.calendar import today
from shared.web.envelope import success
from shared.web.schema import documented, load_query
from shared.web.transactions import reading

team_days = Blueprint("team_days", __name__, url_prefix="/repayments/team-day")


@team_days.get("")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Show how far a team is on a day", name="get_team_day", query=SheetsFilters, answer=TeamDay)
def get_team_day() -> Response:
    """For each credit officer of a supervisor, for an admin of all, by name: how many of their unions meet on the day
    and how many of these have handed in, what falls due, what of it is still owed, what was collected, and what is
    overdue. The same by union is in an officer's day."""
    filters = load_query(SheetsFilters)
    on = filters.get("on") or today()
    which = rows_in_scope(current_actor(), filters.get("officer_id"))
    with reading() as connection:
        rows = officers_with_unions(connection, which, on)
        due = due_by_union(connection, which, on)
        collected = collected_by_union(connection, which, on)
    officers = [
        OfficerWithUnions(officer, [with_figures(row, row.union_id, due, collected) for row in unions if row.union_id])
        for officer, unions in groupby(rows, key=_officer)
    ]
    answer = TeamDay.of(None, on=on, officers=officers)
    return success(answer, "Day retrieved successfully.")


def _officer(row: UnionOfOfficer) -> Officer:
    return Officer(row.officer_id, row.officer_first_name, row.officer_last_name)

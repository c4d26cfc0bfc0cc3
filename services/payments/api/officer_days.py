"""What an officer, or a supervisor's team, has before it on a day: the first page that is opened in the morning."""

from flask import Blueprint, Response

from services.payments.api.bodies.collection_sheet import SheetsFilters
from services.payments.domain.worklist import WaitsAs
from services.payments.queries.officer_days import (
    collected_by_union,
    due_by_union,
    rows_in_scope,
    unions_of_day,
    waiting_loans,
)
from services.payments.shapes.officer_days import OfficerDay, Waits, with_figures
from shared.web.auth import current_actor, requires
from shared.web.calendar import today
from shared.web.envelope import success
from shared.web.schema import documented, load_query
from shared.web.transactions import reading

officer_days = Blueprint("officer_days", __name__, url_prefix="/repayments/officer-day")


@officer_days.get("")
@requires()
@documented("Show what is before an officer on a day", name="get_officer_day", query=SheetsFilters, answer=OfficerDay)
def get_officer_day() -> Response:
    """For each union what falls due on the day, what of it is still owed, what was collected, what is overdue, and
    whether the sheet was handed in; and the loans that wait for somebody. An officer sees their own, a supervisor the
    team's, an admin all, up to 1000 unions; `officerId` narrows it to one officer. A union meets on a day when an
    instalment falls due on it."""
    filters = load_query(SheetsFilters)
    on = filters.get("on") or today()
    which = rows_in_scope(current_actor(), filters.get("officer_id"))
    with reading() as connection:
        unions = unions_of_day(connection, which, on)
        due = due_by_union(connection, which, on)
        collected = collected_by_union(connection, which, on)
        waits: Waits = {kind: [] for kind in WaitsAs}
        for loan in waiting_loans(connection, which, on):
            waits[WaitsAs(loan.waits_as)].append(loan)
    figures = [with_figures(union, union.id, due, collected) for union in unions]
    return success(OfficerDay.of(None, on=on, unions=figures, waits=waits), "Day retrieved successfully.")

"""Reports that are sent by e-mail, daily, weekly or monthly."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response

from services.reporting.api.bodies import ReportFilters, SubscriptionBody, SubscriptionChangesBody
from services.reporting.queries import subscriptions
from services.reporting.shapes.subscriptions import ReportSubscription
from services.reporting.usecases.catalogue import asked_of, check_taken, find_report
from services.reporting.usecases.subscriptions import change_subscription, end_subscription, subscribe
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.errors import RuleViolated
from shared.fields import names_on_the_wire
from shared.web.auth import current_actor, requires
from shared.web.calendar import today
from shared.web.envelope import page_request, success
from shared.web.schema import checked, documented, load
from shared.web.transactions import idempotent, reading, transactional

report_subscriptions = Blueprint("report_subscriptions", __name__, url_prefix="/supervisor-reports/subscriptions")


class DaysAreItsOwn(RuleViolated):
    """The days that a subscription is about follow from when it is sent, and cannot be asked for."""


@report_subscriptions.get("")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "List your report subscriptions",
    name="list_report_subscriptions",
    answer=ReportSubscription,
    many=True,
    paged=True,
)
def get_subscriptions() -> Response:
    """What you have sent to you, the newest first."""
    page, actor = page_request(unpaged=False), current_actor()
    with reading() as connection:
        found, total = subscriptions.of_person(connection, actor.id, limit=page.limit, offset=page.offset)
    shown = [ReportSubscription.of(subscription) for subscription in found]
    return success(shown, "Report subscriptions retrieved successfully", page=page.of(total))


@report_subscriptions.post("")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "Subscribe to a report",
    name="create_report_subscription",
    body=SubscriptionBody,
    answer=ReportSubscription,
    status=201,
)
@idempotent
def post_subscription(uow: UnitOfWork) -> Response:
    """Have a report of the catalogue sent to you by e-mail, each day, on a day of the week (`day` 1 is Monday) or of
    the month (1 to 28). It is about the day, the seven days or the calendar month before; one that looks ahead, about
    those to come. What you may see counts as it is on the day it is made."""
    body, actor = load(SubscriptionBody), current_actor()
    body["title"] = _check(uow, body["name"], body["filters"])
    made = subscribe(uow, actor, today=today(), at=now(), **body)
    return success(ReportSubscription.of(made), "Report subscription created successfully", status=201)


@report_subscriptions.put("/<uuid:subscription_id>")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "Change a report subscription",
    name="update_report_subscription",
    body=SubscriptionChangesBody,
    answer=ReportSubscription,
)
@transactional
def put_subscription(uow: UnitOfWork, subscription_id: UUID) -> Response:
    """What is left out stays as it is."""
    body, actor = load(SubscriptionChangesBody), current_actor()
    if "name" in body or "filters" in body:
        if not {"name", "filters"} <= body.keys():
            raise RuleViolated("Give both name and filters, as they belong together", field="filters")
        body["title"] = _check(uow, body["name"], body["filters"])
    changed = change_subscription(uow, actor, subscription_id, today=today(), at=now(), **body)
    return success(ReportSubscription.of(changed), "Report subscription updated successfully")


@report_subscriptions.delete("/<uuid:subscription_id>")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("End a report subscription", name="delete_report_subscription")
@transactional
def delete_subscription(uow: UnitOfWork, subscription_id: UUID) -> Response:
    """It is sent no more."""
    end_subscription(uow, current_actor(), subscription_id)
    return success(None, "Report subscription deleted successfully")


def _check(uow: UnitOfWork, name: str, filters: dict[str, Any]) -> str:
    """What the report is called, when there is one and it can be asked so."""
    definition, asked = find_report(name).definition, checked(ReportFilters, dict(filters))
    if given := asked.keys() & {"first", "last", "as_of", "format"}:
        called = names_on_the_wire(ReportFilters)
        left_out = ", ".join(sorted(called[name] for name in given))
        raise DaysAreItsOwn(
            f"Leave out {left_out}: the days follow from when it is sent, the format stands beside", field="filters"
        )
    check_taken(definition, filters)
    asked_of(uow.connection, current_actor(), definition, asked, today=today())
    return definition.title

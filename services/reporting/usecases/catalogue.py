"""Asking for a report of the catalogue: within what somebody may see, with what was left out filled in."""

from collections.abc import Collection, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from services.reporting.queries.names import loan_type_names
from services.reporting.queries.staff import staff_member, team_ids
from services.reporting.queries.unions import is_in_scope
from services.reporting.reports.catalogue import REPORTS, report_named
from services.reporting.reports.definition import WHOSE, Asked, Definition, Parameter, Report
from shared.context import Actor, Role
from shared.errors import NotFound, RuleViolated

EARLIEST = date(1900, 1, 1)


class DayInTheFuture(RuleViolated):
    """The day has not come yet, and this report says nothing of days to come."""


class OfficerNotFound(NotFound):
    """No officer with this id whose figures the actor may see."""


class TeamNotFound(NotFound):
    """Nobody who supervises officers has this id."""


class UnionNotFound(NotFound):
    """No union with this id that the actor may see."""


class LoanTypeNotFound(NotFound):
    """No loan type with this id: figures of one would all be zero."""


class FilterNotTaken(RuleViolated):
    """The report does not take this filter: without it, the figures would be others than were asked for."""


def reports_for_all() -> list[Definition]:
    """The definitions of all reports, by title."""
    return [report.definition for report in REPORTS.values()]


def find_report(name: str) -> Report:
    """The report of this name. Raises ReportNotFound."""
    return report_named(name)


def check_taken(definition: Definition, filters: Mapping[str, Any]) -> None:
    """Raises FilterNotTaken for a filter, by its name on the wire, that has a value and that the report does not take.
    What is no filter of any report is nobody's."""
    for name, value in filters.items():
        parameter = _BY_NAME.get(name)
        if value and parameter and parameter not in definition.parameters:
            raise FilterNotTaken(f"{definition.title} does not take {name}", field=name)


def asked_of(
    connection: Connection, actor: Actor, definition: Definition, filters: Mapping[str, Any], *, today: date
) -> Asked:
    """What somebody asks of a report. `filters` holds `first`, `last`, `as_of` (days) and the ids that narrow it, each
    only where it was given.

    Without a day it is as of today, and without a period the month so far. Raises DayInTheFuture, OfficerNotFound,
    TeamNotFound, UnionNotFound, LoanTypeNotFound, RuleViolated for a period upside down.
    """
    chosen = {name: value for name, value in filters.items() if _PARAMETER[name] in definition.parameters}
    if actor.role is not Role.ADMIN:
        # Whom somebody works for does not choose what they see.
        chosen.pop("supervisor_id", None)
    last = chosen.get("last", max(today, chosen.get("first", today)))
    first = chosen.get("first", last.replace(day=1))
    as_of = chosen.get("as_of", today)
    _check_days(definition, {"from": first, "to": last, "asOf": as_of}, today)
    seen = _seen_by(connection, actor)
    if (loan_type_id := chosen.get("loan_type_id")) and loan_type_id not in loan_type_names(connection, [loan_type_id]):
        raise LoanTypeNotFound("Loan type not found")
    if (union_id := chosen.get("union_id")) and not is_in_scope(connection, union_id, seen):
        raise UnionNotFound("Union not found")
    return Asked(
        today=today,
        as_of=as_of,
        first=first,
        last=last,
        officers=_officers(connection, seen, chosen),
        seen_by=seen,
        officer_id=chosen.get("officer_id"),
        supervisor_id=chosen.get("supervisor_id"),
        union_id=chosen.get("union_id"),
        loan_type_id=chosen.get("loan_type_id"),
    )


_BY_NAME = MappingProxyType(
    {parameter.value: parameter for parameter in (Parameter.AS_OF, *WHOSE)}
    | dict.fromkeys(("from", "to", "periodStart", "periodEnd"), Parameter.PERIOD)
)
_PARAMETER = {
    "first": Parameter.PERIOD,
    "last": Parameter.PERIOD,
    "as_of": Parameter.AS_OF,
    "officer_id": Parameter.OFFICER,
    "supervisor_id": Parameter.SUPERVISOR,
    "union_id": Parameter.UNION,
    "loan_type_id": Parameter.LOAN_TYPE,
}


def _check_days(definition: Definition, days: Mapping[str, date], today: date) -> None:
    if days["to"] < days["from"]:
        raise RuleViolated("The period must not end before it begins", field="to")
    for name, day in days.items():
        if day > today and not definition.looks_ahead:
            raise DayInTheFuture("This day has not come yet", field=name)


def _seen_by(connection: Connection, actor: Actor) -> Collection[UUID] | None:
    """Whose figures somebody may see: an admin everybody's, a supervisor those of their team, deleted officers too, an
    officer their own."""
    if actor.role is Role.ADMIN:
        return None
    return team_ids(connection, actor.id) if actor.role is Role.SUPERVISOR else [actor.id]


def _officers(
    connection: Connection, seen: Collection[UUID] | None, chosen: Mapping[str, Any]
) -> Collection[UUID] | None:
    officers = seen
    if supervisor_id := chosen.get("supervisor_id"):
        person = staff_member(connection, supervisor_id)
        if person is None or person.role == Role.CREDIT_OFFICER:
            raise TeamNotFound("Supervisor not found")
        officers = team_ids(connection, supervisor_id)
    if officer_id := chosen.get("officer_id"):
        if (officers is not None and officer_id not in officers) or not staff_member(connection, officer_id):
            raise OfficerNotFound("Officer not found")
        officers = [officer_id]
    return officers

"""Reports that are sent now and then: subscribed to, changed, ended, and made when they are due."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from services.reporting.domain.jobs import JobKind
from services.reporting.domain.subscriptions import Frequency, Subscription, newest_due, next_due
from services.reporting.models.jobs import Job
from services.reporting.queries import subscriptions
from services.reporting.queries.jobs import JOBS
from services.reporting.queries.lock import lock_person
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import Conflict, NotFound, RuleViolated
from shared.ids import new_id
from shared.jobs.job import JobState

MOST_SUBSCRIPTIONS = 20
DUE_AT_ONCE = 200
SUBSCRIPTION = "ReportSubscription"


class SubscriptionNotFound(NotFound):
    """No subscription of this person has this id."""


class TooManySubscriptions(Conflict):
    """Somebody has as many subscriptions as they may."""


class NoSuchDay(RuleViolated):
    """A week has no such day, or not every month has it."""


class Changes(TypedDict, total=False):
    """What may be changed of a subscription."""

    name: str
    title: str
    format: str
    filters: Mapping[str, str]
    frequency: Frequency
    day: int


def subscribe(uow: UnitOfWork, actor: Actor, *, today: date, at: datetime, **terms: Unpack[Changes]) -> Subscription:
    """Have a report sent from the next day on that it is due. Raises TooManySubscriptions, NoSuchDay."""
    lock_person(uow.connection, actor.id)
    if subscriptions.count(uow.connection, actor.id) >= MOST_SUBSCRIPTIONS:
        raise TooManySubscriptions(f"You have {MOST_SUBSCRIPTIONS} subscriptions already. Please end one of them.")
    _check_day(terms["frequency"], terms["day"])
    due = next_due(terms["frequency"], terms["day"], today)
    subscription = Subscription(
        id=new_id(), person_id=actor.id, next_on=due, created_at=at, updated_at=at, **_whole(terms)
    )
    subscriptions.add(uow.connection, subscription)
    _audit(uow, "REPORT_SUBSCRIPTION_CREATED", None, subscription)
    return subscription


def change_subscription(
    uow: UnitOfWork, actor: Actor, subscription_id: UUID, *, today: date, at: datetime, **changes: Unpack[Changes]
) -> Subscription:
    """Change what is sent, or when. Raises SubscriptionNotFound, NoSuchDay."""
    before = _own(uow, actor, subscription_id)
    after = replace(before, updated_at=at, **changes)
    _check_day(after.frequency, after.day)
    if (after.frequency, after.day) != (before.frequency, before.day):
        after = replace(after, next_on=next_due(after.frequency, after.day, today))
    subscriptions.save(uow.connection, after)
    _audit(uow, "REPORT_SUBSCRIPTION_UPDATED", before, after)
    return after


def end_subscription(uow: UnitOfWork, actor: Actor, subscription_id: UUID) -> None:
    """Have it sent no more. Raises SubscriptionNotFound."""
    before = _own(uow, actor, subscription_id)
    subscriptions.remove(uow.connection, subscription_id)
    _audit(uow, "REPORT_SUBSCRIPTION_DELETED", before, None)


def make_due_reports(uow: UnitOfWork, *, today: date, at: datetime) -> int:
    """Have the reports made that are due; returns how many. Days on which nobody could are caught up once, by the
    newest of them: who gets it sees how things stand, and no pile of old papers."""
    due = subscriptions.due(uow.connection, today, limit=DUE_AT_ONCE)
    for subscription in due:
        due_on = newest_due(subscription.frequency, subscription.day, today)
        job = Job(
            id=new_id(), kind=JobKind.REPORT, state=JobState.PENDING, person_id=subscription.person_id,
            name=subscription.name, title=subscription.title, format=subscription.format,
            filters=subscription.filters, created_at=at, subscription_id=subscription.id, due_on=due_on,
        )  # fmt: skip
        JOBS.add(uow.connection, job)
        next_on = next_due(subscription.frequency, subscription.day, today)
        subscriptions.save(uow.connection, replace(subscription, next_on=next_on, last_on=due_on))
    return len(due)


def _own(uow: UnitOfWork, actor: Actor, subscription_id: UUID) -> Subscription:
    subscription = subscriptions.for_update(uow.connection, subscription_id, actor.id)
    if subscription is None:
        raise SubscriptionNotFound("Report subscription not found")
    return subscription


def _check_day(frequency: Frequency, day: int) -> None:
    most = 7 if frequency is Frequency.WEEKLY else 28
    if not 1 <= day <= most:
        raise NoSuchDay(f"Must be from 1 to {most}", field="day")


def _whole(terms: Changes) -> dict[str, Any]:
    return dict(terms)


def _audit(uow: UnitOfWork, action: str, before: Subscription | None, after: Subscription | None) -> None:
    subscription = after or before
    if subscription is None:
        raise ValueError("There is nothing to leave an entry of.")
    uow.audit(
        action=action, entity_name=SUBSCRIPTION, entity_id=subscription.id, before=_snapshot(before),
        after=_snapshot(after),
    )  # fmt: skip


def _snapshot(subscription: Subscription | None) -> dict[str, Any] | None:
    if subscription is None:
        return None
    return {
        "name": subscription.name,
        "format": subscription.format,
        "filters": dict(subscription.filters),
        "frequency": subscription.frequency,
        "day": subscription.day,
    }

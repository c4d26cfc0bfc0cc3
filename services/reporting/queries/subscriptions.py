"""Reads and writes of subscriptions."""

from dataclasses import asdict, fields
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from services.reporting.domain.subscriptions import Frequency, Subscription
from services.reporting.models.subscriptions import report_subscriptions

_table = report_subscriptions.c
_COLUMNS = [_table[field.name] for field in fields(Subscription)]


def add(connection: Connection, subscription: Subscription) -> None:
    """Write a new subscription."""
    connection.execute(insert(report_subscriptions).values(asdict(subscription)))


def save(connection: Connection, subscription: Subscription) -> None:
    """Write a subscription that was changed."""
    changed = update(report_subscriptions).where(_table.id == subscription.id)
    connection.execute(changed.values(asdict(subscription)))


def remove(connection: Connection, subscription_id: UUID) -> None:
    """Forget a subscription."""
    connection.execute(delete(report_subscriptions).where(_table.id == subscription_id))


def of_person(connection: Connection, person_id: UUID, *, limit: int, offset: int) -> tuple[list[Subscription], int]:
    """One page of somebody's subscriptions, the newest first, and how many there are."""
    query = select(*_COLUMNS).where(_table.person_id == person_id).order_by(_table.created_at.desc(), _table.id)
    found = connection.execute(query.limit(limit).offset(offset))
    return [_subscription(row) for row in found], count(connection, person_id)


def count(connection: Connection, person_id: UUID) -> int:
    """How many subscriptions somebody has."""
    query = select(func.count()).select_from(report_subscriptions).where(_table.person_id == person_id)
    return connection.execute(query).scalar_one()


def one(connection: Connection, subscription_id: UUID) -> Subscription | None:
    """A subscription, whoever has it."""
    row = connection.execute(select(*_COLUMNS).where(_table.id == subscription_id)).one_or_none()
    return _subscription(row) if row else None


def for_update(connection: Connection, subscription_id: UUID, person_id: UUID) -> Subscription | None:
    """A subscription of somebody's own, locked."""
    query = select(*_COLUMNS).where(_table.id == subscription_id, _table.person_id == person_id)
    row = connection.execute(query.with_for_update()).one_or_none()
    return _subscription(row) if row else None


def due(connection: Connection, today: date, *, limit: int) -> list[Subscription]:
    """Subscriptions that are due, locked; several workers get others."""
    query = select(*_COLUMNS).where(_table.next_on <= today).order_by(_table.next_on, _table.id)
    rows = connection.execute(query.limit(limit).with_for_update(skip_locked=True))
    return [_subscription(row) for row in rows]


def _subscription(row: Row[Any]) -> Subscription:
    values = dict(row._mapping)
    return Subscription(**(values | {"frequency": Frequency(values["frequency"])}))

"""How one service is, for admins: what waits in its database and on the broker, and another try for what was given up.

Everything is read when it is asked for. Whether the service is up at all says that it answers.
"""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, current_app
from sqlalchemy import Connection

from shared import shapes
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.errors import Conflict
from shared.ids import new_id
from shared.messaging import bus, second_tries
from shared.readings import BACKLOG
from shared.web.auth import requires
from shared.web.envelope import success
from shared.web.schema import documented
from shared.web.transactions import reading, transactional


class NothingToResend(Conflict):
    """There are no dead letters, or the broker does not say whether there are."""


class SystemState(shapes.Shape):
    """What waits in a service, and what it has given up."""

    service = shapes.text()
    checkedAt = shapes.moment(of="checked_at")
    unpublished = shapes.integer()
    unpublishedSeconds = shapes.integer(of="unpublished_seconds")
    deferred = shapes.integer()
    deferredSeconds = shapes.integer(of="deferred_seconds")
    queued = shapes.integer(maybe=True)
    deadLetters = shapes.integer(maybe=True, of="dead_letters")


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    service: str
    checked_at: datetime
    unpublished: int
    unpublished_seconds: int
    deferred: int
    deferred_seconds: int
    queued: int | None
    dead_letters: int | None


def system_state() -> Blueprint:
    """The routes of this; the gateway has them under the name of each service."""
    blueprint = Blueprint("system_state", __name__, url_prefix="/system")
    blueprint.add_url_rule("", view_func=get_system_state)
    blueprint.add_url_rule("/dead-letters/resend", view_func=post_resend, methods=["POST"])
    return blueprint


@requires(Role.ADMIN)
@documented("How a service is", name="get_system_state", answer=SystemState)
def get_system_state() -> Response:
    """What waits in this service: events to be published, events that failed and will be tried again, events in its
    queue, and those that it gave up."""
    with reading() as connection:
        state = _state(connection)
    return success(SystemState.of(state), "System state retrieved successfully")


@requires(Role.ADMIN, as_oneself=True)
@documented("Try again what a service gave up", name="resend_dead_letters", answer=SystemState)
@transactional
def post_resend(uow: UnitOfWork) -> Response:
    """Have a worker of the service try all its dead letters again, with back-off as at first. What fails again comes
    back to the dead letters; what is not signed by whom it names stays there. The answer is how it is before that."""
    state = _state(uow.connection)
    if not state.dead_letters:
        raise NothingToResend("There are no dead letters to send again.")
    second_tries.ask(uow.connection)
    metadata = {"letters": state.dead_letters}
    uow.audit(action="DEAD_LETTERS_RESENT", entity_name="Command", entity_id=new_id(), metadata=metadata)
    return success(SystemState.of(state), f"{state.dead_letters} dead letter(s) will be tried again")


def _state(connection: Connection) -> _State:
    service = current_app.extensions["mp"].name
    unpublished, unpublished_seconds, deferred, deferred_seconds = connection.exec_driver_sql(BACKLOG).one()
    queued, dead_letters = _depths(service)
    return _State(
        service=service,
        checked_at=now(),
        unpublished=unpublished,
        unpublished_seconds=int(unpublished_seconds or 0),
        deferred=deferred,
        deferred_seconds=int(deferred_seconds or 0),
        queued=queued,
        dead_letters=dead_letters,
    )


def _depths(service: str) -> tuple[int | None, int | None]:
    """How much is in the queue of a service and among its dead letters; None when the broker does not say."""
    names = (bus.service_queue(service, ()).name, bus.dead_letter_queue(service).name)
    try:
        with bus.connect(current_app.extensions["mp"].settings.broker_url) as broker:
            queued, dead_letters = (bus.depth(broker, name) for name in names)
    except OSError:
        return None, None
    return queued, dead_letters

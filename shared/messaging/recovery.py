"""For the in-process bus, whose queues end with the process: finding what was published and never handled."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from shared.clock import now
from shared.db import Sessions
from shared.messaging.handlers import Handlers
from shared.messaging.inbox import KEEP_DAYS, inbox
from shared.messaging.outbox import outbox

# Far more than the queues of one process ever hold.
LOOK_BACK = 20_000
# Older ones may be gone from the inboxes.
_LOOK_BACK_SPAN = timedelta(days=KEEP_DAYS - 1)

Follower = tuple[Handlers, Sessions]


def send_unhandled_again(services: Sequence[Follower]) -> int:
    """Mark as waiting again what a service published lately and one that follows it has no inbox row of.

    To be called before the loops start. Returns how many events will be sent again; whoever had handled them passes
    them over, by its inbox.
    """
    return sum(_send_again(publisher, services) for _, publisher in services)


def _send_again(publisher: Sessions, followers: Sequence[Follower]) -> int:
    with publisher.begin() as session:
        published = select(outbox.c.id, outbox.c.type).where(
            outbox.c.published_at.is_not(None), outbox.c.created_at > now() - _LOOK_BACK_SPAN
        )
        rows = session.execute(published.order_by(outbox.c.seq.desc()).limit(LOOK_BACK)).all()
        unheard: set[UUID] = set()
        for handlers, sessions in followers:
            followed = set(handlers.event_types)
            unheard |= _not_in_inbox(sessions, [row.id for row in rows if row.type in followed])
        session.execute(update(outbox).where(outbox.c.id.in_(unheard)).values(published_at=None))
    return len(unheard)


def _not_in_inbox(sessions: Sessions, event_ids: Sequence[UUID]) -> set[UUID]:
    with sessions() as session:
        handled = session.execute(select(inbox.c.event_id).where(inbox.c.event_id.in_(event_ids))).scalars()
        return set(event_ids) - set(handled)

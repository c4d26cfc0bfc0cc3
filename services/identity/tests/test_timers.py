"""What the worker does by itself, besides handling events."""

from services.identity.settings import Settings
from services.identity.worker import timers
from shared.db import Sessions


def test_every_timer_runs(sessions: Sessions, settings: Settings) -> None:
    for timer in timers(settings):
        timer.work(sessions)

"""Maintenance mode: while it is on only admins are served. It is a setting of identity's that every gateway follows."""

import time
from collections.abc import Mapping
from typing import Any

from gateway.authority.sessions import Authority
from gateway.responses.problems import Refusal
from gateway.routes import PUBLIC_FILES
from gateway.upstreams.identity import Identity
from shared.telemetry import log

# Paths relative to /api, beside pictures. `/auth/me` because the web client signs its user out when it fails; identity
# itself refuses those who sign in and are no admins.
OPEN_PATHS = frozenset(
    {
        "/health",
        "/ping",
        "/settings/public",
        "/auth/login",
        "/auth/refresh",
        "/auth/logout",
        "/auth/me",
    }
)
# How old the last answer of identity may be while the bus cannot be relied on.
ASK_SECONDS = 0.5
_RETRY_SECONDS = "60"
_USUAL_MESSAGE = "The system is under maintenance. Please try again later."


class UnderMaintenance(Refusal):
    """Nobody but admins is served just now."""

    status = 503
    code = "MAINTENANCE"
    members = {"maintenance": True}

    def __init__(self, message: str) -> None:
        super().__init__(message, headers=[("Retry-After", _RETRY_SECONDS)])


class Maintenance:
    """Whether the mode is on: first from a snapshot of identity's settings, then from its events.

    While the bus cannot be trusted (see sessions.py) identity is asked; when it cannot answer, its last answer stands.
    """

    def __init__(self, identity: Identity, authority: Authority) -> None:
        self._identity = identity
        self._authority = authority
        self._snapshot_taken = False
        self._asked_at = float("-inf")
        self._version = -1
        self._is_on = False
        self._message = _USUAL_MESSAGE

    def refuses(self, path: str) -> bool:
        """Whether a path relative to /api is served to admins only."""
        if path in OPEN_PATHS or path.startswith(PUBLIC_FILES):
            return False
        if not (self._snapshot_taken and self._authority.is_current):
            self._ask_again()
        return self._is_on

    def refusal(self) -> UnderMaintenance:
        """The refusal for everybody else."""
        return UnderMaintenance(self._message)

    def apply(self, version: int, settings: Mapping[str, Any]) -> None:
        """Take over a version of the settings, unless a newer one was applied."""
        if version >= self._version:
            self._version = version
            self._is_on = settings["maintenanceMode"] is True
            self._message = settings["maintenanceMessage"] or _USUAL_MESSAGE

    def doubt(self) -> None:
        """Something may have been missed: do not trust the settings until the next snapshot."""
        self._snapshot_taken = False

    def take_snapshot(self) -> None:
        """Ask identity, if there is doubt. To be called once the queue is bound, so that no change is missed."""
        if not self._snapshot_taken:
            self._snapshot_taken = self._ask()

    def _ask_again(self) -> None:
        # The time is set before asking, so that of many requests at once one asks and the others go on.
        if time.monotonic() - self._asked_at >= ASK_SECONDS:
            self._asked_at = time.monotonic()
            self._ask()

    def _ask(self) -> bool:
        try:
            snapshot = self._identity.get("/internal/settings")
        except Refusal as refusal:
            log.warning("settings_snapshot_failed", error=refusal.message)
            return False
        self.apply(snapshot["version"], snapshot["settings"])
        return True

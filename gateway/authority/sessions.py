"""Whether a session is still alive: by a set of revoked ones that events fill, or by asking identity."""

import time
from urllib.parse import quote

from gateway.authority.tokens import SignInUnavailable
from gateway.responses.problems import Refusal, Unauthenticated
from gateway.telemetry import IDENTITY_ASKED
from gateway.upstreams.identity import Identity
from shared.telemetry import log

SILENCE_SECONDS = 3.0
CLEARING_SECONDS = 60.0


class SessionRevoked(Unauthenticated):
    """The session was ended, by its user or by somebody with the right to."""


class Authority:
    """The sessions that were revoked before their tokens expire.

    The set is trusted only while it is surely complete: begun from a snapshot, connected to the bus ever since, and
    with a heartbeat of identity's worker in the last three seconds. Else identity is asked at every request, and when
    it cannot answer nobody gets in.
    """

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._revoked: dict[str, float] = {}
        self._snapshot_taken = False
        self._last_heartbeat = float("-inf")
        self._next_clearing = 0.0

    @property
    def is_current(self) -> bool:
        """Whether the set of revoked sessions can be trusted at this moment."""
        return self._snapshot_taken and time.monotonic() - self._last_heartbeat < SILENCE_SECONDS

    def check(self, session_id: str) -> None:
        """Return when the session is alive. Raises SessionRevoked, SignInUnavailable."""
        revoked = session_id in self._revoked
        if not revoked and not self.is_current:
            revoked = not self._ask_identity(session_id)
        if revoked:
            raise SessionRevoked("Your session has ended. Please sign in again.")

    def heartbeat(self) -> None:
        """Identity's worker is alive and its messages arrive."""
        now = time.monotonic()
        self._last_heartbeat = now
        if now > self._next_clearing:
            self._next_clearing = now + CLEARING_SECONDS
            self._forget_expired()

    def revoked(self, session_id: str, expires_at: float) -> None:
        """A session was ended; its token would have lived until `expires_at` (seconds since 1970)."""
        self._revoked[session_id] = expires_at

    def doubt(self) -> None:
        """Something may have been missed: do not trust the set until the next snapshot."""
        self._snapshot_taken = False

    def take_snapshot(self) -> None:
        """Fetch every revoked session from identity, if there is doubt. To be called once the queue is bound, so that
        no revocation is missed between. When identity does not answer, the doubt stays and the caller tries again."""
        if self._snapshot_taken:
            return
        try:
            snapshot = self._identity.get("/internal/revocations")
        except Refusal as refusal:
            log.warning("revocation_snapshot_failed", error=refusal.message)
            return
        self._revoked |= {session["sid"]: float(session["exp"]) for session in snapshot["sessions"]}
        self._snapshot_taken = True

    def _ask_identity(self, session_id: str) -> bool:
        IDENTITY_ASKED.inc()
        try:
            session = self._identity.get(f"/internal/sessions/{quote(session_id, safe='')}")
        except Refusal as refusal:
            raise SignInUnavailable from refusal
        return session["active"] is True

    def _forget_expired(self) -> None:
        now = time.time()
        self._revoked = {session_id: expiry for session_id, expiry in self._revoked.items() if expiry > now}

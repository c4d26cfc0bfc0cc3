"""How much one person or address may ask in a quarter of an hour, counted by all gateway processes together.

Every process counts what it answers and, once a second, exchanges its counts with identity, which keeps the sums: so a
limit holds across processes and restarts, to within what comes in one second. While identity is away each process
counts alone. The exchange also carries who is active.
"""

import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gateway.limits.quotas import Quotas
from gateway.requests.clients import group_of
from gateway.requests.context import RequestContext
from gateway.responses.problems import Refusal
from gateway.upstreams.identity import Identity
from shared.ids import new_id
from shared.telemetry import log

WINDOW_SECONDS = 15 * 60
EXCHANGE_SECONDS = 1.0
# Relative to /api. The web client signs its user out when the first fails; pictures come by the dozen.
_EXEMPT_PATHS = frozenset({"/auth/me"})
_EXEMPT_PREFIXES = ("/uploads/",)


class TooManyRequests(Refusal):
    """More than one person or one address may ask."""

    status = 429


@dataclass(frozen=True, slots=True)
class _Batch:
    """Counts sent to identity, unchanged until it has answered. Identity adds up a batch of one id only once."""

    id: UUID
    window: int
    counts: Mapping[str, int]
    # The ids of those who asked something for themselves.
    active: Sequence[str]


class RateLimits:
    """The counts of the current window, by kind and by person or address."""

    def __init__(self, quotas: Quotas, identity: Identity) -> None:
        self._quotas = quotas
        self._identity = identity
        self._window = 0
        self._counts: Counter[str] = Counter()
        self._unsent: Counter[str] = Counter()
        self._active: set[str] = set()
        self._batch: _Batch | None = None

    def start(self) -> None:
        """Begin to exchange counts, from a thread of its own."""
        threading.Thread(target=self._run, name="limits", daemon=True).start()

    def count(self, context: RequestContext, path: str) -> None:
        """Count a request to `path`, relative to /api: on its user, else on its address. Raises TooManyRequests."""
        if context.user_id and not context.is_impersonated:
            self._active.add(context.user_id)
        kind, quota = self._quotas.of(context.method, path, context.environ.get("CONTENT_TYPE", ""))
        if not quota or path in _EXEMPT_PATHS or path.startswith(_EXEMPT_PREFIXES):
            return
        seconds = self._begin_window()
        left = quota - self._add(f"{kind}:{context.user_id or group_of(context.client)}")
        context.headers += [
            ("RateLimit-Limit", str(quota)),
            ("RateLimit-Remaining", str(max(0, left))),
            ("RateLimit-Reset", seconds),
        ]
        if left < 0:
            raise _too_many(seconds)

    def check_refusals(self, context: RequestContext) -> None:
        """Return while the address may still try a token, a link or a signature. Raises TooManyRequests."""
        seconds, quota = self._begin_window(), self._quotas.refusals
        if quota and self._counts[_refusals(context)] >= quota:
            raise _too_many(seconds)

    def count_refusal(self, context: RequestContext) -> None:
        """Count a token, link or signature of this address that was refused."""
        self._begin_window()
        self._add(_refusals(context))

    def _add(self, key: str) -> int:
        self._counts[key] += 1
        self._unsent[key] += 1
        return self._counts[key]

    def _begin_window(self) -> str:
        """Begin a new window where it is time to; returns in how many seconds the next one begins."""
        now = time.time()
        window = int(now // WINDOW_SECONDS)
        if window != self._window:
            self._window = window
            self._counts.clear()
            self._unsent, self._batch = Counter(), None
        return str(int(WINDOW_SECONDS - now % WINDOW_SECONDS) + 1)

    def _run(self) -> None:
        while True:
            # The pace of the exchange: nothing else is waited for.
            time.sleep(EXCHANGE_SECONDS)
            if self._unsent or self._active or self._batch:
                self._exchange()

    def _exchange(self) -> None:
        if self._batch is None:
            self._batch = _Batch(new_id(), self._window, self._unsent, list(self._active))
            self._unsent, self._active = Counter(), set()
        batch = self._batch
        try:
            sums: Mapping[str, Any] = self._identity.post("/internal/requests", batch)["counts"]
        except Refusal as refusal:
            log.warning("limits_not_exchanged", error=refusal.message)
            return
        self._batch = None
        if batch.window == self._window:
            for key, number in sums.items():
                self._counts[key] = int(number) + self._unsent[key]


def _refusals(context: RequestContext) -> str:
    return f"refusals:{group_of(context.client)}"


def _too_many(seconds: str) -> TooManyRequests:
    return TooManyRequests("Too many requests. Please try again later.", headers=[("Retry-After", seconds)])

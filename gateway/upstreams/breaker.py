"""A circuit breaker: after several failures of a service in a row, requests fail at once until it answers again."""

import time

FAILURES = 5
TRIAL_SECONDS = 1.0


class Breaker:
    """Counts failures in a row. While it is open one request each second may try whether the service is back."""

    def __init__(self) -> None:
        self._failures = 0
        self._next_trial = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the service has failed so often that no request should wait for it."""
        return self._failures >= FAILURES

    def lets_pass(self) -> bool:
        """Whether a request may be tried now: always, or once a second while the breaker is open."""
        if not self.is_open:
            return True
        now = time.monotonic()
        if now < self._next_trial:
            return False
        self._next_trial = now + TRIAL_SECONDS
        return True

    def succeeded(self) -> None:
        """The service responded, with whatever status."""
        self._failures = 0

    def failed(self) -> None:
        """The service could not be reached, closed the connection, or took too long."""
        self._failures += 1
        if self.is_open:
            self._next_trial = time.monotonic() + TRIAL_SECONDS

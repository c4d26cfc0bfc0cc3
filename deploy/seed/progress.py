"""Says how far the writing of a book has come."""

import time
from collections.abc import Callable

Report = Callable[[str], None]
_SECONDS = 2.0


class Progress:
    """Tells `report` every two seconds how many of the loans are made, and how many a second."""

    def __init__(self, loans: int, report: Report) -> None:
        self._loans, self._report = loans, report
        self._began = self._reported_at = time.monotonic()

    def made(self, loans: int) -> None:
        """To be called after each loan with how many there are now."""
        now = time.monotonic()
        if now - self._reported_at >= _SECONDS:
            self._reported_at = now
            rate = loans / (now - self._began)
            self._report(f"{loans:,} of {self._loans:,} loans ({100 * loans // self._loans} %), {rate:,.0f} a second")

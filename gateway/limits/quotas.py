"""How many requests of which kind one person or address may make in a quarter of an hour."""

from dataclasses import dataclass

from gateway.methods import SAFE
from gateway.requests.media_types import is_form

_EXPORTS = ("/export", "/export/csv")


@dataclass(frozen=True, slots=True)
class Quotas:
    """How many requests of each kind are answered in one window; 0 for as many as come."""

    requests: int
    exports: int
    uploads: int
    # Tokens, links and signatures that were refused, of one address, where no sign-in is asked for.
    refusals: int

    def of(self, method: str, path: str, content_type: str) -> tuple[str, int]:
        """The kind of a request, by its canonical path and type, and how many of that kind are answered."""
        if path.endswith(_EXPORTS):
            return "exports", self.exports
        if method not in SAFE and is_form(content_type):
            return "uploads", self.uploads
        return "requests", self.requests


PRODUCTION = Quotas(requests=2000, exports=60, uploads=200, refusals=100)
ELSEWHERE = Quotas(requests=1_000_000, exports=1_000_000, uploads=1_000_000, refusals=1_000_000)

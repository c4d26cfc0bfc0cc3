"""How many requests of which kind one person or address may make in a quarter of an hour."""

from dataclasses import dataclass

_EXPORTS = ("/export", "/export/csv")


@dataclass(frozen=True, slots=True)
class Quotas:
    """How many requests of each kind are answered in one window; 0 for as many as come."""

    requests: int
    exports: int
    uploads: int

    def of(self, method: str, path: str, content_type: str) -> tuple[str, int]:
        """The kind of a request and how many of that kind are answered."""
        if path.endswith(_EXPORTS):
            return "exports", self.exports
        if method != "GET" and content_type.startswith("multipart/form-data"):
            return "uploads", self.uploads
        return "requests", self.requests


PRODUCTION = Quotas(requests=2000, exports=60, uploads=200)
ELSEWHERE = Quotas(requests=1_000_000, exports=1_000_000, uploads=1_000_000)

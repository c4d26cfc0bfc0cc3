"""The envelope of a success, and pages."""

import re
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Response, request

from shared.wording import said

DEFAULT_LIMIT, MAX_LIMIT = 20, 1000
_WHOLE, _MOST_DIGITS = re.compile(r"-?[0-9]+", re.ASCII), 12
# Beyond this no page of a real book lies; a deeper offset would only cost.
MAX_PAGE = 1_000_000


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page a list request asks for; `number` counts from 1."""

    number: int
    limit: int

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.limit

    def of(self, total: int) -> "Page":
        return Page(self.number, self.limit, total)


@dataclass(frozen=True, slots=True)
class Page:
    """Which page an answer is, and of how many rows in all."""

    number: int
    limit: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; none of nothing."""
        return -(-self.total // self.limit)

    def dump(self) -> dict[str, int]:
        pages = self.pages
        return {"page": self.number, "limit": self.limit, "total": self.total, "totalPages": pages, "pages": pages}


def page_request(*, default_limit: int = DEFAULT_LIMIT, unpaged: bool = True) -> PageRequest:
    """The page asked for in the query string; garbage means the defaults.

    With `unpaged` a request that names neither page nor limit gets up to 1000 rows, because the web client's own
    paging starts from the whole list.
    """
    arguments = request.args
    if unpaged and "page" not in arguments and "limit" not in arguments:
        return PageRequest(1, MAX_LIMIT)
    number = _whole(arguments.get("page"), 1)
    limit = _whole(arguments.get("limit"), default_limit)
    return PageRequest(min(max(number, 1), MAX_PAGE), min(max(limit, 1), MAX_LIMIT))


def _whole(text: str | None, default: int) -> int:
    if text is None or not _WHOLE.fullmatch(text):
        return default
    # Where it ends does not matter beyond what any bound cuts off.
    return int(text[:_MOST_DIGITS])


def success(data: Any, message: str, *, status: int = 200, page: Page | None = None, **beside: Any) -> Response:
    """The answer of a view that went well; `beside` are members beside the data, which a caller of old reads there."""
    body = {"success": True, "message": said(message), "data": data, **beside}
    if page is not None:
        body["pagination"] = page.dump()
    return Response(orjson.dumps(body), status, mimetype="application/json")

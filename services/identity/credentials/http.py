"""Asking another provider over HTTP: few seconds, few bytes, no redirects, JSON or nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from shared.errors import DomainError

SECONDS = 5
MAX_BYTES = 1024 * 1024


class ProviderAway(DomainError):
    """The provider does not answer, or not as it should."""

    def __init__(self) -> None:
        super().__init__("The sign-in provider cannot be reached just now. Please try again shortly.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider said. `data` is the JSON it sent, None when there was none."""

    status: int
    data: Any

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class _NoRedirects(HTTPRedirectHandler):
    # A redirect could lead anywhere, with our secrets in the headers.
    def redirect_request(self, *_arguments: Any) -> None:
        return None


_opener = build_opener(_NoRedirects)


def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    raw: bytes | None = None,
) -> Answer:
    """Send JSON, or bytes whose type the headers say, or nothing; the answer, whatever its status below 500.
    Raises ProviderAway."""
    sent = {"Accept": "application/json", "User-Agent": "millenium-potters", **(headers or {})}
    content = raw
    if body is not None:
        content, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
    request = Request(url, data=content, headers=sent, method=method)  # noqa: S310 - the address comes from our settings
    try:
        with _opener.open(request, timeout=SECONDS) as response:
            return _answer(response.status, response.read(MAX_BYTES + 1))
    except HTTPError as error:
        with error:
            answer = _answer(error.code, error.read(MAX_BYTES + 1))
        if answer.status >= 500:
            raise ProviderAway from error
        return answer
    except (OSError, HTTPException) as error:
        raise ProviderAway from error


def _answer(status: int, content: bytes) -> Answer:
    if len(content) > MAX_BYTES:
        raise ProviderAway
    try:
        return Answer(status, json.loads(content) if content else None)
    except ValueError:
        return Answer(status, None)

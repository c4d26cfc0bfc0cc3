"""The gateway's own questions to identity, at addresses that no client reaches."""

from collections.abc import Iterable
from typing import Any

import orjson

from gateway.upstreams.client import Upstream
from shared.clock import now
from shared.internal_requests import InternalRequest, sign


class Identity:
    """Signs each question, so that the signature is good for its address and body alone."""

    def __init__(self, upstream: Upstream, secret: str) -> None:
        self._upstream = upstream
        self._secret = secret

    def get(self, target: str) -> Any:
        """A JSON document of identity's. Raises UpstreamDown and UpstreamSlow."""
        return self._upstream.get_json(target, self._credential("GET", target))

    def post(self, target: str, document: Any) -> Any:
        """The response of identity to a JSON document. Raises UpstreamDown and UpstreamSlow; after either, identity may
        have done the work."""
        body = orjson.dumps(document)
        return self._upstream.post_json(target, body, self._credential("POST", target, body))

    def _credential(self, method: str, target: str, body: bytes = b"") -> Iterable[tuple[str, str]]:
        request = InternalRequest(caller="gateway", called="identity", method=method, target=target, body=body)
        return [("Authorization", sign(request, self._secret, at=now()))]

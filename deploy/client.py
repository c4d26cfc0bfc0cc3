"""A client of the gateway, for programs of ours that use the platform as people do."""

import json
from decimal import Decimal
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

_SECONDS = 30


class GatewayUnreachable(Exception):
    """Nobody answers at the address of the gateway."""


class Refused(Exception):
    """The platform said no; the message names the request and its reason."""


class Client:
    """Speaks with one gateway on behalf of one person, or of nobody. Amounts in answers are Decimals, never floats."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self._url, self._token = url, token
        place = urlsplit(url)
        self._root = place.path.rstrip("/")
        connect = HTTPSConnection if place.scheme == "https" else HTTPConnection
        self._connection = connect(place.hostname or "", place.port, timeout=_SECONDS)

    def sign_in(self, email: str, password: str) -> "Client":
        """A client that speaks for this person. Raises Refused, GatewayUnreachable."""
        answer = self.post("/api/auth/login", email=email, password=password)
        return Client(self._url, answer["accessToken"])

    @property
    def token(self) -> str:
        """The access token of whom this client speaks for."""
        if self._token is None:
            raise RuntimeError("Nobody has signed in here.")
        return self._token

    def get(self, path: str) -> Any:
        """The data at a path. Raises Refused, GatewayUnreachable."""
        return self.call("GET", path, None)

    def post(self, path: str, **body: Any) -> Any:
        """The data that a new thing, or a command, answers with. Raises Refused, GatewayUnreachable."""
        return self.call("POST", path, body)

    def patch(self, path: str, **body: Any) -> Any:
        """The data that a changed thing answers with. Raises Refused, GatewayUnreachable."""
        return self.call("PATCH", path, body)

    def call(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        """The `data` of the answer's envelope. Raises Refused, GatewayUnreachable."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        text = None
        if body is not None:
            headers["Content-Type"], text = "application/json", json.dumps(body, default=str)
        try:
            self._connection.request(method, self._root + path, text, headers)
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise GatewayUnreachable(f"nobody answers at {self._url} ({error})") from error
        if answer.status >= 400:
            raise Refused(f"{method} {path} was answered {answer.status}: {_message(content)}")
        return json.loads(content, parse_float=Decimal)["data"]


def _message(content: bytes) -> str:
    try:
        envelope = json.loads(content)
        faults = "".join(f"; {fault['field']}: {fault['message']}" for fault in envelope.get("errors", ()))
        return f"{envelope['message']}{faults}"
    except (ValueError, KeyError, TypeError):
        return content[:200].decode(errors="replace")

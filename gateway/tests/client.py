"""A client that sends exactly what a test says, over HTTP or as raw bytes."""

import socket
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

import orjson


@dataclass(frozen=True)
class Received:
    """An answer of the gateway."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    def values(self, name: str) -> list[str]:
        """The values of a header that may come several times."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        """The value of a header; a header that came twice is a fault."""
        values = self.values(name)
        assert len(values) < 2, f"{name} came {len(values)} times"
        return values[0] if values else None


class Client:
    """One connection per request, unless the test keeps it."""

    def __init__(self, port: int, headers: dict[str, str] | None = None) -> None:
        self.port = port
        self.headers = headers or {}

    def signed_in(self, token: str) -> "Client":
        """This client, with a token."""
        return Client(self.port, {"Authorization": f"Bearer {token}"})

    def request(self, method: str, path: str, *, headers: dict[str, str] | None = None, body: Any = None) -> Received:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body=body, headers={**self.headers, **(headers or {})})
            response = connection.getresponse()
            return Received(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Received:
        return self.request("GET", path, headers=_names(headers))

    def post(self, path: str, content: Any = None, **headers: str) -> Received:
        """`content` is sent as JSON."""
        body = orjson.dumps(content if content is not None else {})
        return self.request("POST", path, headers={"Content-Type": "application/json", **_names(headers)}, body=body)

    def raw(self, request: bytes, *, seconds: float = 5) -> bytes:
        """Everything the gateway sends back to these bytes, after which nothing more is sent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            received = b""
            while piece := connection.recv(65536):
                received += piece
        return received

    def raw_status(self, *lines: str, body: bytes = b"") -> int:
        """The status of the answer to a request made of these header lines, sent as they are."""
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        return int(self.raw(head + body).split(b" ", 2)[1])


def _names(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}

"""A response on its way to the client, from a service, from our own pages, or a refusal."""

from collections.abc import Generator
from http import HTTPStatus

STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


# In memory when it is short, else read while it is sent.
Content = bytes | Generator[bytes, None, None]


class Response:
    """A status, headers and a body."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: list[tuple[str, str]], body: Content = b"") -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def close(self) -> None:
        """Give up a body that will not be read."""
        if not isinstance(self.body, bytes):
            self.body.close()

    def header(self, name: str) -> str:
        """The values of a header by its name in small letters, joined by commas; empty without one."""
        return ",".join(value for key, value in self.headers if key.lower() == name)

    @property
    def status_line(self) -> str:
        """As WSGI wants it: "200 OK"."""
        return STATUS_LINES.get(self.status) or f"{self.status} Unknown"

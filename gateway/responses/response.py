"""An answer on its way to the client, whoever made it: a service, our own pages, or a refusal."""

from collections.abc import Generator
from http import HTTPStatus

STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


# Held in memory when it is short, else made as it is sent.
Content = bytes | Generator[bytes, None, None]


class Answer:
    """A status, headers and a body."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: list[tuple[str, str]], body: Content = b"") -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def close(self) -> None:
        """Let go of a body that nobody will read."""
        if not isinstance(self.body, bytes):
            self.body.close()

    @property
    def status_line(self) -> str:
        """As WSGI wants it: "200 OK"."""
        return STATUS_LINES.get(self.status) or f"{self.status} Unknown"

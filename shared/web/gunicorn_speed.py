"""gunicorn without what it does anew at every request though it comes out the same, and with one packet for an answer.

Each of these is a few hundredths of what a small request costs in the gateway; docs/decisions/35 has the measurements.
"""

import time
from email.utils import formatdate
from functools import cache, lru_cache
from typing import Any

import gunicorn.http.wsgi
import gunicorn.util

_base_environ = cache(gunicorn.http.wsgi.base_environ)


def speed_up(response_class: type["WholeResponse"] | None = None) -> None:
    """Let gunicorn answer by `response_class`, and look up the date and what all requests have in common once."""
    gunicorn.http.wsgi.Response = response_class or WholeResponse
    gunicorn.http.wsgi.base_environ = lambda config: dict(_base_environ(config))
    gunicorn.util.http_date = lambda: _date(int(time.time()))


def fix_settings(config: Any) -> None:
    """Keep the settings of a running worker as plain attributes: gunicorn reads some thirty of them in a request, each
    by two calls."""
    vars(config).update({name: setting.get() for name, setting in config.settings.items()})


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


class WholeResponse(gunicorn.http.wsgi.Response):  # type: ignore[misc]  # gunicorn is not typed
    """An answer whose head is sent together with the first piece of its body: one system call less for us, and for who
    receives it."""

    headers_sent: bool
    _head = b""

    def send_headers(self) -> None:
        if not self.headers_sent:
            lines = [*self.default_headers(), *(f"{name}: {value}\r\n" for name, value in self.headers), "\r\n"]
            self._head, self.headers_sent = "".join(lines).encode("latin-1"), True

    def _emit_body(self, data: bytes) -> None:
        if self.chunked:
            data = b"%X\r\n%b\r\n" % (len(data), data)
        self._send(data)

    def sendfile(self, respiter: Any) -> bool:
        # The kernel copies the file past us, so nothing may be held back.
        self.send_headers()
        self._send(b"")
        return bool(super().sendfile(respiter))

    def close(self) -> None:
        self.send_headers()
        self._send(b"0\r\n\r\n" if self.chunked else b"")

    def _send(self, data: bytes) -> None:
        data, self._head = self._head + data, b""
        if data:
            self.sock.sendall(data)

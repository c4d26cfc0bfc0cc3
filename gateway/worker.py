"""The gunicorn worker of the gateway: a greenlet for each connection, which answers plain requests by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from socket import MSG_PEEK
from typing import Any

import gevent
from gunicorn import util
from gunicorn.workers.ggevent import GeventWorker

from shared.web.plain_requests import GONE, answer, common_environ, environ_of

_PIECE_BYTES = 64 * 1024
# For requests that are on their way when the end is asked for; gunicorn gives its threads as long.
_LAST_CALL_SECONDS = 2.0


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn is not typed
    """gunicorn's worker with gevent, which only gets the connections that bring something else than plain requests
    (shared/web/plain_requests.py), from the first such request on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: set[tuple[gevent.Greenlet, gevent.Timeout]] = set()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """End in good order, without waiting for streams that nobody else would end, nor for clients that may never ask
        again."""
        super().handle_exit(sig, frame)
        gevent.spawn_later(_LAST_CALL_SECONDS, self._hang_up)
        from gateway.app import STREAMS  # like the app itself, only once gevent has patched what it patches

        if self.wsgi is not None:
            self.wsgi.extensions[STREAMS].shut_down()

    @contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """For how long the next request of a connection is waited for; gunicorn waits in it as well."""
        timeout = super().timeout_ctx()
        waiting = gevent.getcurrent(), timeout
        self._waiting.add(waiting)
        try:
            with timeout:
                yield
        finally:
            self._waiting.discard(waiting)

    def handle(self, listener: Any, client: Any, address: Any) -> None:
        try:
            is_open = self._answer_plain_ones(listener, client, address)
        except OSError as error:
            if error.errno not in GONE:
                self.log.exception("Socket error processing request.")
            is_open = False
        if is_open:
            super().handle(listener, client, address)
        else:
            util.close(client)

    def _answer_plain_ones(self, listener: Any, client: Any, address: Any) -> bool:
        """Answer plain requests, as long as they come; returns whether there is another one, which is still unread."""
        client.setblocking(True)
        common = common_environ(self.cfg, address, listener.getsockname())
        is_kept = True
        while is_kept:
            data = b""
            with self.timeout_ctx():
                data = client.recv(_PIECE_BYTES, MSG_PEEK)
            if not data:
                return False
            environ = environ_of(data, common)
            if environ is None:
                return True
            client.recv(len(data))
            is_kept = answer(self, environ, client, address)
        return False

    def _hang_up(self) -> None:
        for greenlet, timeout in tuple(self._waiting):
            greenlet.kill(timeout, block=False)

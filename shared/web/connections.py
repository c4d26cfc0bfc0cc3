"""The connections of the services' server: a plain one, and one with TLS.

A thread takes up a connection on which something has come. With TLS that need not be a request: it may be a step of the
handshake, or half a record. No thread waits for the rest, so that slow clients hold up nobody.
"""

import select
import ssl
from collections.abc import Callable
from contextlib import suppress
from socket import MSG_DONTWAIT, MSG_PEEK, socket
from typing import Any

from gunicorn import http
from gunicorn.workers import gthread

from shared.tls import HUNG_UP

PIECE_BYTES = 64 * 1024
_LOOK_BYTES = 16


class Connection(gthread.TConn):  # type: ignore[misc]  # gunicorn is not typed
    """A connection, of which `idle_until` says how long it may wait for a request."""

    idle_until: float
    common: dict[str, Any]
    initialized: bool

    def is_ready(self) -> bool:
        """Whether what has come may be a request, or the end; to be asked before `read`."""
        return True

    def read(self) -> bytes:
        """What has come; nothing when the client has gone. Raises OSError."""
        data: bytes = self.sock.recv(PIECE_BYTES)
        return data

    def look(self) -> bytes:
        """The beginning of what has come, which stays to be read."""
        try:
            begun: bytes = self.sock.recv(_LOOK_BYTES, MSG_PEEK | MSG_DONTWAIT)
        except OSError:
            return b""
        return begun

    @property
    def has_read_on(self) -> bool:
        """Whether gunicorn's parser holds bytes of the next request."""
        return bool(self.parser and self.parser.unreader.buf.getbuffer().nbytes)

    @property
    def awaited(self) -> int:
        """What is waited for, as epoll has it. Where some of the next request is here already, nothing more may come on
        the socket, and so it is only waited until one could write."""
        return select.EPOLLIN | select.EPOLLOUT if self.has_read_on else select.EPOLLIN


class SecureConnection(Connection):
    """A connection with TLS. `refused` is called with the reason when a handshake has failed. Raises OSError when the
    client has gone."""

    def __init__(
        self,
        config: Any,
        client: socket,
        address: Any,
        server: Any,
        context: ssl.SSLContext,
        refused: Callable[[str], None],
    ) -> None:
        wrapped = context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
        super().__init__(config, wrapped, address, server)
        self._refused = refused
        self._is_shaken, self._has_ended = False, False
        self._handshake_waits_for = select.EPOLLIN
        # What has been read and is not handled yet: it cannot be looked at in any other way.
        self._begun = b""

    def is_ready(self) -> bool:
        if self.has_read_on or self._begun or self._has_ended:
            return True
        self.sock.setblocking(False)
        try:
            if not self._is_shaken:
                self.sock.do_handshake()
                self._is_shaken = True
            self._begun = self.sock.recv(PIECE_BYTES)
            self._has_ended = not self._begun
        except ssl.SSLWantReadError:
            self._handshake_waits_for = select.EPOLLIN
            return False
        except ssl.SSLWantWriteError:
            self._handshake_waits_for = select.EPOLLOUT
            return False
        except (OSError, ValueError) as error:
            self._note_refusal(error)
            self._has_ended = True
        self.sock.setblocking(True)
        return True

    def _note_refusal(self, error: Exception) -> None:
        # Who hangs up, as a probe of the port does, was not refused anything.
        if not self._is_shaken and isinstance(error, ssl.SSLError) and not isinstance(error, HUNG_UP):
            self._refused(f"{self.client[0]}: {error.strerror or error}")

    def read(self) -> bytes:
        data, self._begun = self._begun, b""
        return data

    def look(self) -> bytes:
        """The beginning of what was read; or else of what has come, which says no more than that something has."""
        if self._begun:
            return self._begun[:_LOOK_BYTES]
        with suppress(OSError):
            return socket.recv(self.sock, _LOOK_BYTES, MSG_PEEK | MSG_DONTWAIT)
        return b""

    @property
    def has_read_on(self) -> bool:
        return super().has_read_on or bool(self._is_shaken and self.parser and self.sock.pending())

    @property
    def awaited(self) -> int:
        if not self._is_shaken:
            return self._handshake_waits_for
        return select.EPOLLIN | select.EPOLLOUT if self._begun or self.has_read_on else select.EPOLLIN

    def init(self) -> None:
        """Give gunicorn a parser; its own way would wrap the socket once more."""
        if not self.initialized:
            self.initialized = True
            self.sock.setblocking(True)
            self.parser = http.get_parser(self.cfg, self.sock, self.client)

    def close(self, graceful: bool = False) -> None:
        """Say that this is the end, without waiting for the client to say so too."""
        with suppress(OSError, ValueError):
            self.sock.setblocking(False)
            self.sock.unwrap()
        super().close(graceful=graceful)

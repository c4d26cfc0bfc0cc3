"""Reading of AMQP ahead of what is asked for: one system call for all that has arrived.

py-amqp asks the system for each part of a frame, which is eight times for a message, and sets the time limit of the
connection twice for each frame. Where it should no longer look up what is replaced here, this changes nothing.
"""

from contextlib import AbstractContextManager, nullcontext
from struct import Struct
from typing import Any

from amqp.exceptions import UnexpectedFrame
from amqp.transport import TCPTransport

_BYTES = 65536
# A frame is its type, its channel, its size, so much content, and one byte that is always the same.
_HEAD, _END = Struct(">BHI"), 0xCE
_WITHOUT_LIMIT = nullcontext()


def read_ahead(transport: Any) -> None:
    """Have the connection of a transport read ahead; nothing under TLS, which has what arrived in memory already."""
    if isinstance(transport, TCPTransport):
        ahead = _Ahead(transport)
        transport.read_frame = ahead.read_frame
        transport.having_timeout = ahead.limit


class _Ahead:
    """What has arrived on a connection and was not asked for yet: `_arrived` from `_at` on."""

    def __init__(self, transport: Any) -> None:
        self._transport, self._receive, self._plain_limit = transport, transport.sock.recv, transport.having_timeout
        self._arrived, self._at = transport._read_buffer, 0

    def read_frame(self) -> tuple[int, int, bytes]:
        """The type, channel and content of the next frame. Raises OSError, of which TimeoutError loses nothing of what
        came until then, and UnexpectedFrame."""
        while not (size := self._size_of_frame()):
            self._receive_more()
        begin, self._at = self._at, self._at + size
        if self._arrived[self._at - 1] != _END:
            raise UnexpectedFrame(f"A frame ends with {self._arrived[self._at - 1]:#04x}.")
        kind, channel, _ = _HEAD.unpack_from(self._arrived, begin)
        return kind, channel, self._arrived[begin + _HEAD.size : self._at - 1]

    def limit(self, seconds: float | None) -> AbstractContextManager[Any]:
        """The time limit for a frame to arrive; none for one that is here as a whole. What is sent then has the limit
        that the connection has for all it sends."""
        if self._size_of_frame():
            return _WITHOUT_LIMIT
        limited: AbstractContextManager[Any] = self._plain_limit(seconds)
        return limited

    def _size_of_frame(self) -> int:
        """The bytes of the next frame; 0 where it is not here as a whole."""
        left = len(self._arrived) - self._at
        if left < _HEAD.size:
            return 0
        size = _HEAD.size + int(_HEAD.unpack_from(self._arrived, self._at)[2]) + 1
        return size if left >= size else 0

    def _receive_more(self) -> None:
        try:
            more = self._receive(_BYTES)
        except BlockingIOError:
            # What the system says where it was to wait no time at all.
            raise TimeoutError from None
        except OSError as error:
            self._transport.connected = isinstance(error, TimeoutError)
            raise
        if not more:
            self._transport.connected = False
            raise OSError("The broker closed the connection.")
        self._arrived, self._at = self._arrived[self._at :] + more, 0

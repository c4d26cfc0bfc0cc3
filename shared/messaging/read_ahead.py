"""Reading of AMQP ahead of what is asked for: one system call for all that has arrived.

py-amqp asks the system for each part of a frame, which is eight times for a message, and sets the time limit of the
connection twice for each frame. Where it should no longer look up what is replaced here, this changes nothing.

A message that has arrived as a whole may also be taken past py-amqp, which needs more than twice as long for each.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from struct import Struct
from typing import Any, NamedTuple

from amqp import spec
from amqp.exceptions import UnexpectedFrame
from amqp.serialization import decode_properties_basic
from amqp.transport import TCPTransport

_BYTES = 65536
# A frame is its type, its channel, its size, so much content, and one byte that is always the same.
_HEAD, _END = Struct(">BHI"), 0xCE
# A message is three of them, unless its body is empty or too long for one: what is done with it, which is the number of
# that, the tag of the consumer with its length, the tag of the message, and more; its class, the size of its body and
# its properties; and its body.
_METHOD, _HEADER, _BODY = 1, 2, 3
_DELIVER, _TAG_OF_CONSUMER = Struct(">HH").pack(*spec.Basic.Deliver), 4
_SIZE_OF_BODY, _PROPERTIES = 4, 12
_LONG = Struct(">Q")
_WITHOUT_LIMIT = nullcontext()


class Arrival(NamedTuple):
    """A message as it came, with the properties that it has by py-amqp's names."""

    tag: int
    properties: dict[str, Any]
    body: bytes


def read_ahead(transport: Any) -> None:
    """Have the connection of a transport read ahead; nothing under TLS, which has what arrived in memory already."""
    if isinstance(transport, TCPTransport):
        ahead = _Ahead(transport)
        transport.read_frame = ahead.read_frame
        transport.having_timeout = ahead.limit
        transport.arrivals = ahead.arrivals


def arrivals(transport: Any, channel: int) -> Iterator[Arrival]:
    """The messages that were delivered to a channel and come next of all that has arrived, until one is not here as a
    whole, or is not of one piece, or something else has come. Those that are not taken are left to py-amqp."""
    taken: Iterator[Arrival] = transport.arrivals(channel) if hasattr(transport, "arrivals") else iter(())
    return taken


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

    def arrivals(self, channel: int) -> Iterator[Arrival]:
        """The messages of a channel that come next and are here as a whole; taking one removes it."""
        while arrival := self._next_arrival(channel):
            yield arrival

    def _next_arrival(self, channel: int) -> Arrival | None:
        method = self._content(self._at, _METHOD, channel)
        header = method and self._content(method.stop + 1, _HEADER, channel)
        body = header and self._content(header.stop + 1, _BODY, channel)
        if not (method and header and body):
            return None
        arrived, tag = self._arrived, method.start + _TAG_OF_CONSUMER
        if not arrived.startswith(_DELIVER, method.start):
            return None
        if _LONG.unpack_from(arrived, header.start + _SIZE_OF_BODY)[0] != body.stop - body.start:
            return None
        properties, _ = decode_properties_basic(arrived, header.start + _PROPERTIES)
        self._at = body.stop + 1
        return Arrival(_LONG.unpack_from(arrived, tag + 1 + arrived[tag])[0], properties, arrived[body])

    def _content(self, at: int, kind: int, channel: int) -> slice | None:
        """Where the content of the frame is that begins at a place, if it is one of this kind and here as a whole."""
        arrived, begin = self._arrived, at + _HEAD.size
        if len(arrived) < begin:
            return None
        found, of, size = _HEAD.unpack_from(arrived, at)
        end = begin + size
        if found != kind or of != channel or len(arrived) <= end or arrived[end] != _END:
            return None
        return slice(begin, end)

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

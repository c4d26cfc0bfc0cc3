"""Request bodies: how long they may be, read to the end before a service is asked."""

from collections.abc import Mapping
from contextlib import suppress
from io import SEEK_END
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from gevent import Timeout, sleep
from gunicorn.http.errors import ParseException

from gateway.requests.media_types import is_form
from gateway.responses.problems import BadRequest, Refusal

Body = bytes | IO[bytes]

JSON_CAP = 1024 * 1024
IMPORT_CAP = 10 * JSON_CAP
# The form fields and boundaries around files.
FORM_BYTES = 64 * 1024
# A new member may come with five documents and a picture.
FILES_OF_A_MEMBER = 6
_MEMBER_FORMS = frozenset({"/union-members", "/customers"})
RESTORE_CAP = 100 * JSON_CAP
HELD_BYTES = PIECE_BYTES = 1024 * 1024
# A client that is slower than this on average only holds a connection.
SLOWEST_BYTES_PER_SECOND = 100_000
LEAST_SECONDS = 30
# How much of a refused body is read, and for how long, before the connection is closed while the client still sends.
DISCARDED_BYTES = 32 * 1024 * 1024
DISCARDING_SECONDS = 5

_UNREADABLE = (OSError, ValueError, ParseException)


class BodyTooLarge(Refusal):
    """More than this route takes."""

    status = 413
    of = "bodies"


class LengthRequired(Refusal):
    """A body of unknown length, from a server that does not say where it ends."""

    status = 411
    of = "bodies"


class EncodingNotSupported(Refusal):
    """A compressed body: what it unfolds to is unknown until it has been unfolded."""

    status = 415
    of = "bodies"


class BodyIncomplete(BadRequest):
    """The body ended early, or was not framed as HTTP wants it."""

    of = "bodies"


class BodyTooSlow(Refusal):
    """The body did not arrive in a reasonable time."""

    status = 408
    of = "bodies"


def body_cap(path: str, content_type: str, role: str, max_file_size: int) -> int:
    """How many bytes a request may carry, by its canonical path (relative to /api) and type: files and imports are
    longer than JSON, and only an administrator's backup is longer than those."""
    if path == "/backup/restore" and role == "ADMIN":
        return RESTORE_CAP
    if is_form(content_type):
        return max_file_size * (FILES_OF_A_MEMBER if path in _MEMBER_FORMS else 1) + FORM_BYTES
    return IMPORT_CAP if path.endswith("/import") or path.startswith("/settings/") else JSON_CAP


def read_body(environ: Mapping[str, Any], cap: int) -> Body:
    """The whole body: bytes, or a file when it is longer than 1 MB. Raises BodyTooLarge, LengthRequired,
    EncodingNotSupported, BodyIncomplete, BodyTooSlow."""
    length = environ.get("CONTENT_LENGTH") or ""
    chunked = "HTTP_TRANSFER_ENCODING" in environ
    if not chunked and length in ("", "0"):
        return b""
    if environ.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise EncodingNotSupported("Compressed request bodies are not accepted.")
    if chunked:
        if not environ.get("wsgi.input_terminated"):
            raise LengthRequired("Please send the length of the body.")
        return _read(environ["wsgi.input"], None, cap)
    if not (length.isascii() and length.isdigit()):
        raise BodyIncomplete("The length of the body is not a number.")
    if len(length) > 18 or int(length) > cap:
        raise _too_large(cap)
    return _read(environ["wsgi.input"], int(length), cap)


def _read(stream: IO[bytes], length: int | None, cap: int) -> Body:
    deadline = max(LEAST_SECONDS, cap / SLOWEST_BYTES_PER_SECOND)
    try:
        with Timeout(deadline, BodyTooSlow("The body of the request did not arrive in time.")):
            if length is None or length > HELD_BYTES:
                return _spool(stream, length, cap)
            body = stream.read(length)
    except _UNREADABLE as error:
        raise BodyIncomplete("The body of the request could not be read.") from error
    if len(body) < length:
        raise BodyIncomplete("The body of the request ended early.")
    return body


def _spool(stream: IO[bytes], length: int | None, cap: int) -> IO[bytes]:
    """Read to a file that stays in memory while it is short. A body of unknown length may turn out too large."""
    body = SpooledTemporaryFile(max_size=HELD_BYTES)  # noqa: SIM115 - closed by whoever forwards it
    left = cap + 1 if length is None else length
    while left and (piece := stream.read(min(left, PIECE_BYTES))):
        left -= len(piece)
        body.write(piece)
        # Reading what has arrived never waits, so a fast sender would have the process to itself.
        sleep(0)
    if length is None and not left:
        raise _too_large(cap)
    if length is not None and left:
        raise BodyIncomplete("The body of the request ended early.")
    return body


def discard_rest(environ: Mapping[str, Any]) -> bool:
    """Read the rest of a refused body, because many clients read the response only once they have sent everything.
    False when it is too long: then the connection must be closed, or the server would go on reading, a kilobyte at a
    time."""
    if not environ.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" not in environ:
        return True
    left = DISCARDED_BYTES
    with Timeout(DISCARDING_SECONDS, False), suppress(*_UNREADABLE):
        while left > 0:
            piece = environ["wsgi.input"].read(PIECE_BYTES)
            if not piece:
                return True
            left -= len(piece)
            sleep(0)
    return False


def body_length(body: Body) -> int:
    """The length of a body in bytes."""
    return len(body) if isinstance(body, bytes) else body.seek(0, SEEK_END)


def _too_large(cap: int) -> BodyTooLarge:
    return BodyTooLarge(f"The request is too large: at most {cap // JSON_CAP} MB are accepted here.")

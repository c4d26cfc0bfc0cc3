"""Compression for slow networks: brotli, else gzip, where a client accepts it and it pays."""

import zlib
from collections.abc import Generator, Mapping
from typing import Any, Protocol

import brotli

from gateway.responses.response import Response

LEAST_BYTES = 1024
# Measured on lists of loans: more effort costs several times the time and saves little.
_BROTLI_QUALITY, _GZIP_LEVEL, _GZIP_WINDOW = 4, 1, 31
_TEXT = ("application/json", "application/problem+json", "text/csv", "text/html", "text/javascript", "text/css")
_BODILESS = frozenset({204, 206, 304})


class _Compressor(Protocol):
    def process(self, piece: bytes) -> bytes: ...
    def finish(self) -> bytes: ...


class _Gzip:
    def __init__(self) -> None:
        self._stream = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)

    def process(self, piece: bytes) -> bytes:
        return self._stream.compress(piece)

    def finish(self) -> bytes:
        return self._stream.flush()


def compress(response: Response, environ: Mapping[str, Any], path: str) -> None:
    """Compress the body of a response in place, if that pays and the client accepts it.

    Responses to a sign-in are left alone: they hold secrets beside text that a client chooses, and the compressed
    length would leak them (BREACH).
    """
    headers = {name.lower(): value for name, value in response.headers}
    content_type = headers.get("content-type", "").partition(";")[0]
    if content_type not in _TEXT or "content-encoding" in headers or path.startswith("/api/auth/"):
        return
    if "accept-encoding" not in headers.get("vary", "").lower():
        response.headers.append(("Vary", "Accept-Encoding"))
    coding = accepted(environ.get("HTTP_ACCEPT_ENCODING", ""))
    if coding is None or environ["REQUEST_METHOD"] == "HEAD" or response.status in _BODILESS:
        return
    if isinstance(response.body, bytes) and len(response.body) < LEAST_BYTES:
        return
    compressor: _Compressor = brotli.Compressor(quality=_BROTLI_QUALITY) if coding == "br" else _Gzip()
    response.headers = [header for header in response.headers if not _is_of_these_bytes(*header)]
    response.headers.append(("Content-Encoding", coding))
    if isinstance(response.body, bytes):
        response.body = compressor.process(response.body) + compressor.finish()
        response.headers.append(("Content-Length", str(len(response.body))))
    else:
        response.body = _pieces(response.body, compressor)


def _is_of_these_bytes(name: str, value: str) -> bool:
    """Whether a header holds only of the body as it was; a weak tag is that of what it says, in whatever coding."""
    lowered = name.lower()
    return lowered == "content-length" or (lowered == "etag" and not value.startswith("W/"))


def accepted(accept_encoding: str) -> str | None:
    """`br` or `gzip`, whichever the client takes, in this order; None when neither."""
    taken = set()
    for choice in accept_encoding.lower().split(","):
        name, _, weight = choice.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            taken.add(name.strip())
    return next((coding for coding in ("br", "gzip") if coding in taken), None)


def _pieces(body: Generator[bytes, None, None], compressor: _Compressor) -> Generator[bytes, None, None]:
    try:
        for piece in body:
            if compressed := compressor.process(piece):
                yield compressed
        yield compressor.finish()
    finally:
        body.close()

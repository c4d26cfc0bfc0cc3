"""Answers made smaller for bad lines: brotli, else gzip, where a client asks for it and it pays."""

import zlib
from collections.abc import Generator, Mapping
from typing import Any, Protocol

import brotli

from gateway.responses.response import Answer

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


def compress(answer: Answer, environ: Mapping[str, Any], path: str) -> None:
    """Compress the body of an answer in place, if that is worth it and the client takes it.

    Answers of sign-in carry secrets: beside words that a client chooses, their compressed length would tell of them.
    """
    headers = {name.lower(): value for name, value in answer.headers}
    content_type = headers.get("content-type", "").partition(";")[0]
    if content_type not in _TEXT or "content-encoding" in headers or path.startswith("/api/auth/"):
        return
    answer.headers.append(("Vary", "Accept-Encoding"))
    coding = _accepted(environ.get("HTTP_ACCEPT_ENCODING", ""))
    if coding is None or environ["REQUEST_METHOD"] == "HEAD" or answer.status in _BODILESS:
        return
    if isinstance(answer.body, bytes) and len(answer.body) < LEAST_BYTES:
        return
    compressor: _Compressor = brotli.Compressor(quality=_BROTLI_QUALITY) if coding == "br" else _Gzip()
    answer.headers = [(name, value) for name, value in answer.headers if name.lower() not in ("content-length", "etag")]
    answer.headers.append(("Content-Encoding", coding))
    if isinstance(answer.body, bytes):
        answer.body = compressor.process(answer.body) + compressor.finish()
        answer.headers.append(("Content-Length", str(len(answer.body))))
    else:
        answer.body = _pieces(answer.body, compressor)


def _accepted(accept_encoding: str) -> str | None:
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

"""The console: the web app that people work in, as files that were built beforehand."""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, request

from gateway.methods import SAFE
from gateway.requests.paths import API
from gateway.responses.compression import accepted

_INDEX = "/index.html"
# Their names change with what is in them.
_HASHED = "/assets/"
_FOR_EVER, _ASK_EACH_TIME = "public, max-age=31536000, immutable", "no-cache"
_READY_MADE = {"br": ".br", "gzip": ".gz"}
# Scripts and styles are files of ours, never words in a page; only elements may set a style on themselves.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class _File:
    """A file of the build with its ready-made compressions, by the coding; "" is the file as it is."""

    path: str
    mimetype: str
    contents: Mapping[str, bytes]

    def answer(self) -> Response:
        coding = accepted(request.headers.get("Accept-Encoding", ""))
        coding = coding if coding in self.contents else ""
        answer = Response(self.contents[coding or ""], mimetype=self.mimetype)
        answer.headers["Cache-Control"] = _FOR_EVER if self.path.startswith(_HASHED) else _ASK_EACH_TIME
        answer.headers["Content-Security-Policy"] = _POLICY
        if len(self.contents) > 1:
            answer.headers["Vary"] = "Accept-Encoding"
        if coding:
            answer.headers["Content-Encoding"] = coding
        return answer


class _Build:
    """What was built last, in memory: it is small, and a path can name nothing else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made_at: int | None = None
        self._files: Mapping[str, _File] = {}

    def files(self) -> Mapping[str, _File]:
        """The files of the newest build, by path. While there is none, or it is being replaced, those from before."""
        try:
            made_at = (self._folder / _INDEX[1:]).stat().st_mtime_ns
            if made_at != self._made_at:
                self._files, self._made_at = self._read(), made_at
        except OSError:
            # Somebody replaces it at this moment; the next request sees the whole of it.
            return self._files
        return self._files

    def _read(self) -> dict[str, _File]:
        found = [path for path in self._folder.rglob("*") if path.is_file()]
        contents = {f"/{path.relative_to(self._folder)}": path.read_bytes() for path in found}
        return {
            path: _File(path, _type_of(path), {"": content} | _ready_made(path, contents))
            for path, content in contents.items()
            if not path.endswith(tuple(_READY_MADE.values()))
        }


def console_pages(folder: Path) -> Blueprint:
    """The files of the build, and its first page for whatever address of its own a browser is sent to."""
    pages, build = Blueprint("console", __name__), _Build(folder)

    @pages.before_app_request
    def answer_from_build() -> Response | None:
        # Health and the documentation are nobody's but ours.
        if request.url_rule is not None or request.method not in SAFE or _is_api(request.path):
            return None
        files = build.files()
        if (file := files.get(_INDEX if request.path == "/" else request.path)) is not None:
            return file.answer()
        if _INDEX in files and _is_navigation(request.path):
            return files[_INDEX].answer()
        return None

    return pages


def _is_navigation(path: str) -> bool:
    """Whether a browser asks for a page to show, rather than for a file that one page needs."""
    asks_for_page = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
    return asks_for_page and not path.startswith(_HASHED)


def _is_api(path: str) -> bool:
    return path == API or path.startswith(API + "/")


def _type_of(path: str) -> str:
    suffix = Path(path).suffix
    return _TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"


def _ready_made(path: str, contents: Mapping[str, bytes]) -> dict[str, bytes]:
    names = {coding: path + ending for coding, ending in _READY_MADE.items()}
    return {coding: contents[name] for coding, name in names.items() if name in contents}

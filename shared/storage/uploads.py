"""Reading a form with files: at most so many bytes, each file judged by its content, pictures drawn anew."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from flask import g, request
from marshmallow import Schema
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from shared.fields import refuse
from shared.storage.backends import PIECE_BYTES
from shared.storage.content import Kind, judge
from shared.storage.errors import FileRefused, FileTooLarge
from shared.storage.pictures import redraw
from shared.storage.settings import MEGABYTE
from shared.web.schema import FilePart, checked

MULTIPART = "multipart/form-data"
MAX_NAME_LENGTH = 150
# The fields of the form, and the boundaries between its parts.
_FORM_BYTES = 64 * 1024
_MAX_PARTS = 60
# Controls, and marks that make a name read as another.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


DOCUMENT_PART = FilePart("PDF, Word (DOC, DOCX) or a picture (JPEG, PNG, GIF, WebP), at most `maxFileSize` bytes.")
PICTURE_PART = FilePart("A picture: JPEG, PNG, GIF or WebP. It is drawn anew, so nothing but the picture is kept.")


@dataclass(frozen=True, slots=True)
class Accepts:
    """What a file field of a form takes: kinds, the most bytes of one file, and the most files."""

    kinds: tuple[Kind, ...]
    max_bytes: int
    required: bool = True
    at_most: int = 1


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was accepted. `name` is the sender's, fit to be shown and for nothing else; it is never a path."""

    content: IO[bytes]
    size: int
    kind: Kind
    name: str


Uploads = dict[str, list[Upload]]
"""By field of the form, the files that came in it, in their order."""


def is_form() -> bool:
    """Whether the request is a form with files, where JSON is taken too."""
    return request.mimetype == MULTIPART


@contextmanager
def received(
    schema: type[Schema], fields: Mapping[str, Accepts], *, keep_empty: bool = False
) -> Iterator[tuple[dict[str, Any], Uploads]]:
    """The fields of the form in the body, checked by the schema, and its files; they are gone when the block ends.

    Empty fields count as absent, which is how a form says nothing, unless `keep_empty` says that they clear.
    Raises 415 for another content type, FileTooLarge, FileRefused, ValidationError.
    """
    if not is_form():
        raise UnsupportedMediaType(f"Send a form with the content type {MULTIPART}.")
    request.max_content_length = sum(taken.max_bytes * taken.at_most for taken in fields.values()) + _FORM_BYTES
    request.max_form_parts = _MAX_PARTS
    try:
        values = {name: value for name, value in request.form.items() if keep_empty or value != ""}
        parts = {name: [part for part in request.files.getlist(name) if part.filename] for name in fields}
    except RequestEntityTooLarge as error:
        raise _too_large(min(taken.max_bytes for taken in fields.values())) from error
    _keep_fingerprint(values, parts)
    files: Uploads = {}
    try:
        loaded = checked(schema, values)
        for name, taken in fields.items():
            _check_number(name, taken, len(parts[name]))
            files[name] = []
            for part in parts[name]:
                files[name].append(_accepted(name, part, taken))
        yield loaded, files
    finally:
        for upload in (upload for uploads in files.values() for upload in uploads):
            upload.content.close()


def _check_number(name: str, taken: Accepts, count: int) -> None:
    if taken.required and not count:
        raise refuse(name, "Please choose a file.")
    if count > taken.at_most:
        raise refuse(name, f"At most {taken.at_most} {'file' if taken.at_most == 1 else 'files'}.")


def _accepted(field: str, part: FileStorage, taken: Accepts) -> Upload:
    try:
        return _judged(part.stream, part.filename or "", taken)
    except (FileRefused, FileTooLarge) as error:
        error.field = field
        raise


def _judged(content: IO[bytes], name: str, taken: Accepts) -> Upload:
    if _size(content) > taken.max_bytes:
        raise _too_large(taken.max_bytes)
    kind = judge(content, name, taken.kinds)
    if kind.is_picture:
        content = redraw(content, kind)
    return Upload(content, _size(content), kind, readable_name(name, kind))


def readable_name(name: str, kind: Kind) -> str:
    """The last part of a name as a person may read it, with the extension it came with: `../../C:\\a/Ada\\u202e.png`
    is `Ada.png`."""
    plain = _UNPRINTABLE.sub("", unicodedata.normalize("NFC", name))
    stem, _, extension = re.split(r"[/\\]", plain)[-1].rpartition(".")
    return f"{stem.strip(' .')[:MAX_NAME_LENGTH] or 'file'}.{extension.lower() or kind.extension}"


def _size(content: IO[bytes]) -> int:
    size = content.seek(0, 2)
    content.seek(0)
    return size


def _too_large(max_bytes: int) -> FileTooLarge:
    limit = f"{max_bytes / MEGABYTE:.1f}".removesuffix(".0")
    return FileTooLarge(f"The file is too large: at most {limit} MB are accepted.")


def _keep_fingerprint(values: Mapping[str, str], parts: Mapping[str, list[FileStorage]]) -> None:
    """Keep the fingerprint of a form with an Idempotency-Key, by its fields and files: its bytes differ each time
    it is sent, because its boundary does."""
    # By their text, because a part without a name has None for one.
    digest = hashlib.sha256(repr(sorted(values.items(), key=repr)).encode("utf-8", "surrogatepass"))
    for name, files in sorted(parts.items(), key=lambda part: repr(part[0])):
        for part in files:
            part.stream.seek(0)
            digest.update(f"{name}:{part.filename}:".encode("utf-8", "surrogatepass"))
            while piece := part.stream.read(PIECE_BYTES):
                digest.update(piece)
    g.fingerprint = digest.hexdigest()

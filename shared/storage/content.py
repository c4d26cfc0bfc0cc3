"""The type of a file by its content. The name must agree; the media type that a client states is not read."""

import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from shared.storage.errors import FileRefused
from shared.storage.pdf import check_passive

# A document of Word unfolds to some five times its length; this much is a bomb.
MAX_INFLATED_BYTES = 100 * 1024 * 1024
MAX_ZIP_ENTRIES = 5000
_HEAD_BYTES = 16


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of file: its media type, and the extensions it goes by; the first one is ours."""

    media_type: str
    extensions: tuple[str, ...]
    is_picture: bool = False

    @property
    def extension(self) -> str:
        return self.extensions[0]


JPEG = Kind("image/jpeg", ("jpg", "jpeg"), is_picture=True)
PNG = Kind("image/png", ("png",), is_picture=True)
GIF = Kind("image/gif", ("gif",), is_picture=True)
WEBP = Kind("image/webp", ("webp",), is_picture=True)
PDF = Kind("application/pdf", ("pdf",))
DOC = Kind("application/msword", ("doc",))
DOCX = Kind("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",))

PICTURES = (JPEG, PNG, GIF, WEBP)
DOCUMENTS = (*PICTURES, PDF, DOC, DOCX)

# Somewhere a name is judged by one of its inner extensions; such a name has no business on a picture.
_ACTIVE = re.compile(
    r"aspx?|bat|cgi|cmd|dll|docm|exe|hta|jar|jse?|jsp|mjs|msi|php\d?|phtml|pl|ps1|py|scr|sh|s?html?|svgz?|swf|vb[es]|wsf"
    r"|xht(ml)?|xml|xsl"
)
_MARKUP = re.compile(rb"<(!doctype|html|head|body|script|iframe|object|embed|svg|\?php)", re.IGNORECASE)
_PDF_END = re.compile(rb"startxref\s+\d+\s+%%EOF[\s\x00]*\Z")
# Whatever the library raises at an archive that is damaged, encrypted, or packed in ways it does not know.
_UNREADABLE_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
)
_WORD_STREAM = "WordDocument".encode("utf-16-le")


def judge(content: IO[bytes], name: str, allowed: tuple[Kind, ...]) -> Kind:
    """The kind of a file, when it is allowed, its extension says the same and nothing else hides in it.

    Raises FileRefused. `content` can be sought and is left at its start. Pictures are not yet decoded.
    """
    kind = _sniff(content)
    accepted = ", ".join(extension for one in allowed for extension in one.extensions)
    if kind not in allowed:
        raise FileRefused(f"This type of file is not accepted. Please send one of: {accepted}.")
    *inner, extension = name.lower().split(".")[1:] or [""]
    if "\x00" in name or extension not in kind.extensions or any(map(_ACTIVE.fullmatch, inner)):
        raise FileRefused(f"The name of the file does not fit its content ({kind.media_type}).")
    if kind is PDF:
        whole = _whole(content)
        _check_pdf(whole)
        check_passive(whole)
    elif kind is DOCX:
        _check_docx(content)
    content.seek(0)
    return kind


def _sniff(content: IO[bytes]) -> Kind | None:
    content.seek(0)
    head = content.read(_HEAD_BYTES)
    content.seek(0)
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if re.match(rb"%PDF-[12]\.\d", head):
        return PDF
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        # The container of all old Office formats; only Word's has a stream of this name.
        return DOC if _WORD_STREAM in _whole(content) else None
    return DOCX if head.startswith(b"PK\x03\x04") else None


def _whole(content: IO[bytes]) -> bytes:
    content.seek(0)
    return content.read()


def _check_pdf(document: bytes) -> None:
    """Refuse what another program would read as a page or an archive: markup outside the streams, and anything after
    the end."""
    hidden = any(_MARKUP.search(part) for part in _outside_streams(document))
    if hidden or not _PDF_END.search(document[-2048:]):
        raise FileRefused("The PDF is damaged, or holds something else beside.")


def _outside_streams(document: bytes) -> Iterator[bytes]:
    position = 0
    while (start := document.find(b"stream", position)) >= 0:
        yield document[position:start]
        end = document.find(b"endstream", start)
        position = end + len(b"endstream") if end >= 0 else len(document)
    yield document[position:]


def _check_docx(content: IO[bytes]) -> None:
    """Refuse an archive that is no document of Word, has macros, or does not unfold to a reasonable length."""
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as archive:
            _check_entries(archive)
            _inflate(archive)
    except _UNREADABLE_ARCHIVE as error:
        raise _bad_document() from error


def _check_entries(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    starts_at_once = min((entry.header_offset for entry in entries), default=1) == 0
    if (
        not starts_at_once
        or len(entries) > MAX_ZIP_ENTRIES
        or not {"[Content_Types].xml", "word/document.xml"} <= names
    ):
        raise _bad_document()
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise FileRefused("Documents with macros are not accepted.")


def _inflate(archive: zipfile.ZipFile) -> None:
    """Unfold everything, counting: what an archive says of its own length is the sender's word."""
    left = MAX_INFLATED_BYTES
    for entry in archive.infolist():
        with archive.open(entry) as file:
            while piece := file.read(1024 * 1024):
                left -= len(piece)
                if left < 0:
                    raise FileRefused("The document unfolds to more than is accepted.")


def _bad_document() -> FileRefused:
    return FileRefused("The document is damaged, or is no document of Word.")

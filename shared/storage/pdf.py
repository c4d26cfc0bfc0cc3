"""What a PDF may not hold: anything that runs, opens something by itself, or carries another file.

The whole file is looked through, not only what its table of contents leads to: readers that repair a damaged table find
everything, and two readers do not agree on what is reachable. Packed objects are unpacked for it; what cannot be
unpacked, or is encrypted, is refused.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator

from shared.storage.errors import FileRefused

MAX_UNPACKED_BYTES = 100 * 1024 * 1024
# All of them are longer than what turns up by chance in ten megabytes of packed pictures.
_ACTIVE = {
    b"JavaScript", b"Launch", b"EmbeddedFile", b"EmbeddedFiles", b"RichMedia", b"SubmitForm", b"ImportData",
    b"Rendition", b"GoToR", b"GoToE",
}  # fmt: skip
_LONG_NAME = re.compile(rb"/((?:[A-Za-z]|#[0-9A-Fa-f]{2}){5,40})(?![A-Za-z#])")
_NAME = re.compile(rb"/([^\x00\t\n\f\r ()<>\[\]{}/%]+)")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_PACKED_OBJECTS, _ENCRYPTED = b"ObjStm", b"Encrypt"
# How far in front of its stream the description of a stream is looked for.
_LOOK_BACK = 4096
_NO_TEXT = {b"LZWDecode", b"LZW", b"RunLengthDecode", b"RL", b"Crypt"}
# What opens with the document may be a place in it, and no action that leads elsewhere or is followed by another.
_GAP = rb"(?:[\s\x00]|%[^\r\n]*[\r\n])*"
_OPENED = re.compile(rb"/OpenAction" + _GAP + rb"(?:\[|(?P<number>\d+)[\s\x00]+\d+[\s\x00]+R|(?P<action><<))")
_OBJECT = rb"(?<!\d)%b[\s\x00]+\d+[\s\x00]+obj(.*?)endobj"
_ELSEWHERE = re.compile(rb"/S" + _GAP + rb"/URI(?![A-Za-z])|/Next(?![A-Za-z])")
_NUMBERS_OF_OBJECTS = re.compile(rb"\s*(?:\d+\s+\d+\s+)+")


def check_passive(document: bytes) -> None:
    """Refuse a PDF that does something by itself, carries a file, or hides what it does. Raises FileRefused."""
    if _ENCRYPTED in _names(_outside_streams(document)):
        raise FileRefused("The PDF is encrypted. Please send one without a password or restrictions.")
    parts = [document, *_unpacked(document)]
    if any(_decoded(name) in _ACTIVE for part in parts for name in _LONG_NAME.findall(part)):
        raise FileRefused("The PDF holds scripts, actions or other files. Please send one without, such as a scan.")
    parts = [_plain_names(part) for part in parts]
    if any(_opens_elsewhere(found, parts) for part in parts for found in _OPENED.finditer(part)):
        raise FileRefused("The PDF opens something else by itself. Please send one that does not.")


def _opens_elsewhere(found: re.Match[bytes], parts: list[bytes]) -> bool:
    if found["number"]:
        return any(_ELSEWHERE.search(body) for body in _bodies(found["number"], parts))
    if found["action"]:
        action = found.string[found.end() : found.end() + _LOOK_BACK]
        return bool(_ELSEWHERE.search(action.partition(b"endobj")[0]))
    return False


def _bodies(number: bytes, parts: list[bytes]) -> Iterator[bytes]:
    """Every object with this number, anywhere in the file."""
    yield from re.findall(_OBJECT % number, parts[0], re.DOTALL)
    for part in parts[1:]:
        if header := _NUMBERS_OF_OBJECTS.match(part):
            numbers = header[0].split()
            for index in range(0, len(numbers), 2):
                if numbers[index] == number:
                    start = header.end() + int(numbers[index + 1])
                    end = header.end() + int(numbers[index + 3]) if index + 3 < len(numbers) else None
                    yield part[start:end]


def _unpacked(document: bytes) -> Iterator[bytes]:
    """The contents of all streams that hold text, as objects and what pages say do."""
    left = MAX_UNPACKED_BYTES
    for found in _STREAM.finditer(document):
        described = document[max(0, found.start() - _LOOK_BACK) : found.start()]
        described = described[described.rfind(b"obj") + 3 :] if b"obj" in described else described
        names = _names(described)
        is_objects = _PACKED_OBJECTS in names or {b"First", b"N"} <= names
        if is_objects and names & _NO_TEXT:
            raise FileRefused("The PDF is packed in a way that cannot be looked into. Please send another.")
        try:
            content = _unpack(document, found.end(), names, left if is_objects else min(left, 64))
            # A stream that only pretends to be something else begins with the numbers of its objects all the same.
            if not is_objects and re.match(rb"\s*\d", content):
                content = _unpack(document, found.end(), names, left)
        except (zlib.error, ValueError) as error:
            if is_objects:
                raise FileRefused("The PDF is damaged.") from error
            continue
        left -= len(content)
        if left <= 0:
            raise FileRefused("The PDF unfolds to more than is accepted.")
        yield content


def _unpack(document: bytes, start: int, names: set[bytes], most: int) -> bytes:
    """At most so many bytes of a stream as they are unpacked."""
    end = document.find(b"endstream", start)
    packed = memoryview(document)[start : end if end >= 0 else len(document)]
    if names & {b"ASCII85Decode", b"A85"}:
        packed = memoryview(base64.a85decode(bytes(packed).strip().removesuffix(b"~>"), ignorechars=b" \t\n\r\v"))
    elif names & {b"ASCIIHexDecode", b"AHx"}:
        packed = memoryview(binascii.unhexlify(b"".join(bytes(packed).rstrip(b"> \t\r\n").split())))
    if names & {b"FlateDecode", b"Fl"}:
        return zlib.decompressobj().decompress(packed, most)
    return bytes(packed[:most])


def _outside_streams(document: bytes) -> bytes:
    return b" ".join(part.rpartition(b"endstream")[2] for part in _STREAM.split(document))


def _names(text: bytes) -> set[bytes]:
    return {_decoded(name) for name in _NAME.findall(text)}


def _plain_names(text: bytes) -> bytes:
    """The text with the escapes in its names resolved."""
    return _NAME.sub(lambda found: b"/" + _decoded(found[1]), text) if b"#" in text else text


def _decoded(name: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), name) if b"#" in name else name

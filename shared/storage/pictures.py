"""Pictures are drawn anew: what is left is the picture, without place, camera or anything hidden behind its end."""

import struct
import tempfile
import threading
from io import BytesIO
from typing import IO

from PIL import Image, ImageOps

from shared.storage.content import GIF, JPEG, PNG, WEBP, Kind
from shared.storage.errors import FileRefused, FileTooLarge

# More than most telephones take. Turning and writing so many needs some 150 MB for a second or three.
MAX_PIXELS = 16_000_000
HELD_BYTES = 1024 * 1024
# Enough for a height of 14 mm at 300 dots an inch.
PRINTED_SIZE = (480, 165)
_FORMATS = {JPEG: "JPEG", PNG: "PNG", GIF: "GIF", WEBP: "WEBP"}
# The better methods of WebP take a gigabyte and half a minute for a picture of this size.
_OPTIONS = {JPEG: {"quality": 90}, PNG: {}, GIF: {}, WEBP: {"quality": 90, "method": 0}}
_PLAIN_MODES = {
    JPEG: frozenset({"L", "RGB"}),
    PNG: frozenset({"1", "L", "LA", "P", "RGB", "RGBA"}),
    GIF: frozenset({"L", "P", "RGB"}),
    WEBP: frozenset({"RGB", "RGBA"}),
}
# One at a time: several large pictures at once would be more memory than a service is given.
_drawing = threading.Lock()
# The decoders were written by many hands, and this is what they raise on damaged files.
_DAMAGED = (OSError, SyntaxError, ValueError, TypeError, IndexError, EOFError, struct.error)


def redraw(content: IO[bytes], kind: Kind) -> IO[bytes]:
    """A picture in a new file of its kind, upright; of an animation the first picture.

    Raises FileTooLarge before decoding, FileRefused when it cannot be decoded.
    """
    try:
        with _drawing, Image.open(content, formats=[_FORMATS[kind]]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise _too_many_pixels()
            return _drawn(picture, kind)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except _DAMAGED as error:
        raise FileRefused("The picture is damaged.") from error


def small_png(content: IO[bytes]) -> bytes:
    """A picture of ours as a PNG that fits the head of a page; the content can be read from its beginning again."""
    with _drawing, Image.open(content) as picture:
        small = picture.convert("RGBA")
        small.thumbnail(PRINTED_SIZE)
    content.seek(0)
    drawn = BytesIO()
    small.save(drawn, "PNG", optimize=True)
    return drawn.getvalue()


def _drawn(picture: Image.Image, kind: Kind) -> IO[bytes]:
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    if upright.mode not in _PLAIN_MODES[kind]:
        upright = upright.convert("RGBA" if upright.has_transparency_data and kind is not JPEG else "RGB")
    transparency = upright.info.get("transparency")
    # Whatever else the file said of itself would be written again.
    upright.info = {} if transparency is None or kind is JPEG else {"transparency": transparency}
    drawn = tempfile.SpooledTemporaryFile(max_size=HELD_BYTES)  # noqa: SIM115 - whoever stores it closes it
    upright.save(drawn, _FORMATS[kind], **_OPTIONS[kind])
    drawn.seek(0)
    return drawn


def _too_many_pixels() -> FileTooLarge:
    return FileTooLarge(f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels.")

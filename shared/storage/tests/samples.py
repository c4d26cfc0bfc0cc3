"""Small files of every kind, made rather than kept."""

import io
import zipfile

from PIL import Image

WORD = "WordDocument".encode("utf-16-le")
PDF = (
    b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n2 0 obj\n<< /Length 24 >>\nstream\n"
    b"<html>harmless in here</html>\nendstream\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"
)
DOC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + WORD + bytes(488)


def picture(kind: str, size: tuple[int, int] = (60, 40), *, place: bool = False, turned: bool = False) -> bytes:
    """A picture in one of PIL's formats, with the place it was taken at, or lying on its side."""
    exif = Image.Exif()
    if place:
        exif.get_ifd(0x8825)[1], exif.get_ifd(0x8825)[2] = "N", (6.0, 27.0, 11.0)
        exif[0x010F] = "ACME camera"
    if turned:
        exif[0x0112] = 6
    made = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(made, kind, **({} if kind == "GIF" else {"exif": exif}))
    return made.getvalue()


def docx(how: int = zipfile.ZIP_DEFLATED, **more: bytes) -> bytes:
    """A document of Word, with more entries by name."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        entries = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"} | more
        for name, content in entries.items():
            # Without the time of making, so that one made a moment later is the same.
            archive.writestr(zipfile.ZipInfo(name), content, how)
    return made.getvalue()

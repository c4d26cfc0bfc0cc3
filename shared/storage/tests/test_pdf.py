"""PDFs that do something, and PDFs that are only read."""

import base64
import io
import re
import time
import zlib

import pytest
from PIL import Image

from shared.storage.content import PDF, judge
from shared.storage.errors import FileRefused
from shared.storage.pdf import check_passive

CATALOG = b"<< /Type /Catalog /Pages 2 0 R %s >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] %s >>"


def a_pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A whole PDF of these objects, numbered from 1, with a table that is right."""
    made, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer\n<< /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(made)


def stream(content: bytes, description: bytes = b"") -> bytes:
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(content), description, content)


def packed(*objects: bytes, filters: bytes = b"/Filter /FlateDecode", pack=zlib.compress) -> bytes:
    """A stream of objects, numbered from 10."""
    places, inside = [], b""
    for number, body in enumerate(objects, start=10):
        places.append(b"%d %d" % (number, len(inside)))
        inside += body + b" "
    header = b" ".join(places) + b" "
    description = b"/Type /ObjStm /N %d /First %d %b" % (len(objects), len(header), filters)
    return stream(pack(header + inside), description)


def with_catalog(entry: bytes, *more: bytes) -> bytes:
    return a_pdf(CATALOG % entry, PAGES, PAGE % b"", *more)


LINK, PLACE = b"<< /S /URI /URI (https://a.b/JS) >>", b"<< /S /GoTo /D [3 0 R /Fit] >>"
TEXT = stream(zlib.compress(b"BT (Launch) Tj ET"), b"/Filter /FlateDecode")
SCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
ESCAPED = b"<< /S /J#61vaScript /JS (app.alert\\(1\\)) >>"


@pytest.mark.parametrize(
    "document",
    [
        with_catalog(b"/OpenAction " + SCRIPT),
        with_catalog(b"/OpenAction 4 0 R", SCRIPT),
        with_catalog(b"/OpenAction " + ESCAPED),
        with_catalog(b"/Names << /JavaScript << /Names [(a) 4 0 R] >> >>", SCRIPT),
        a_pdf(CATALOG % b"", PAGES, PAGE % (b"/AA << /O " + SCRIPT + b" >>")),
        with_catalog(b"/OpenAction << /S /Launch /F (cmd.exe) >>"),
        with_catalog(b"/OpenAction << /S /URI /URI (https://example.org/seen) >>"),
        with_catalog(b"/OpenAction << /X << >> /S % comment\n /URI /URI (https://example.org/seen) >>"),
        with_catalog(b"/OpenAction 4 0 R", b"<< /S /URI /URI (https://example.org/seen) >>"),
        with_catalog(b"/OpenAction << /S /GoTo /D [3 0 R /Fit] /Next 4 0 R >>", b"<< /S /URI /URI (https://a.b) >>"),
        with_catalog(b"/Names << /EmbeddedFiles << /Names [(a.exe) 4 0 R] >> >>", b"<< /Type /Filespec >>"),
        with_catalog(b"", b"<< /Type /Filespec /EF << /F 5 0 R >> >>", stream(b"MZ", b"/Type /EmbeddedFile")),
        with_catalog(b"/AcroForm << /Fields [4 0 R] >>", b"<< /A << /S /SubmitForm /F (https://a.b) >> >>"),
        with_catalog(b"", b"<< /Subtype /RichMedia >>"),
        with_catalog(b"/OpenAction 10 0 R", packed(SCRIPT)),
        with_catalog(b"/OpenAction 10 0 R", packed(ESCAPED)),
        with_catalog(b"/OpenAction 11 0 R", packed(b"<< >>", b"<< /S /URI /URI (https://a.b) >>")),
        with_catalog(b"", packed(SCRIPT, filters=b"", pack=bytes)),
        with_catalog(
            b"",
            packed(
                SCRIPT,
                filters=b"/Filter [/ASCII85Decode /FlateDecode]",
                pack=lambda inside: base64.a85encode(zlib.compress(inside)) + b"~>",
            ),
        ),
        with_catalog(b"", packed(SCRIPT).replace(b"/Type /ObjStm /N 1 /First 5", b"")),
        with_catalog(b"", packed(b"<< >>", filters=b"/Filter /LZWDecode", pack=bytes)),
        with_catalog(b"", packed(b"<< >>", pack=bytes)),
        a_pdf(CATALOG % b"", PAGES, PAGE % b"", trailer=b"/Encrypt 4 0 R"),
        with_catalog(b"/X (<< >>\nstream\n)" + b"/OpenAction " + SCRIPT),
    ],
)  # fmt: skip
def test_a_pdf_that_does_something_is_refused(document):
    with pytest.raises(FileRefused):
        check_passive(document)
    with pytest.raises(FileRefused):
        judge(io.BytesIO(document), "form.pdf", (PDF,))


def scanned(pages: int = 3) -> bytes:
    """Photographed pages, as a phone puts them together."""
    noise = [Image.effect_noise((1200, 1600), 60).convert("RGB") for _ in range(pages)]
    made = io.BytesIO()
    noise[0].save(made, "PDF", save_all=True, append_images=noise[1:])
    return made.getvalue()


@pytest.mark.parametrize(
    "document",
    [
        scanned(),
        with_catalog(b""),
        with_catalog(b"/OpenAction [3 0 R /XYZ null null 0]"),
        with_catalog(b"/OpenAction " + PLACE),
        with_catalog(b"/OpenAction 10 0 R", packed(PLACE, LINK)),
        a_pdf(CATALOG % b"", PAGES, PAGE % (b"/Annots [<< /Subtype /Link /A " + LINK + b" >>]")),
        with_catalog(b"/AcroForm << /Fields [4 0 R] /SigFlags 3 >>", b"<< /FT /Sig /V << /Type /Sig >> >>"),
        a_pdf(CATALOG % b"", PAGES, PAGE % b"/Contents 4 0 R", TEXT),
    ],
    ids=["scanned", "plain", "opens at a place", "goes to a place", "packed", "link", "signed", "text"],
)  # fmt: skip
def test_a_pdf_that_is_only_read_is_accepted(document):
    assert judge(io.BytesIO(document), "scan.pdf", (PDF,)) is PDF


def test_a_pdf_that_unfolds_without_end_is_refused_soon():
    bomb = with_catalog(b"", *[packed(b"<<" + b" " * 60_000_000 + b">>") for _ in range(3)])
    started = time.process_time()
    with pytest.raises(FileRefused, match="unfolds"):
        check_passive(bomb)
    assert time.process_time() - started < 5


def test_ten_megabytes_of_scans_are_looked_through_in_a_moment():
    large = b"".join(re.split(rb"(?=%%EOF\s*\Z)", scanned(8)))
    started = time.process_time()
    check_passive(large)
    assert time.process_time() - started < 2

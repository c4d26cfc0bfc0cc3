import io
import zipfile

import pytest
from PIL import Image

from shared.storage import content
from shared.storage.content import DOCUMENTS, PICTURES, judge
from shared.storage.errors import FileRefused, FileTooLarge
from shared.storage.pictures import redraw
from shared.storage.tests.samples import DOC, PDF, docx, picture
from shared.storage.uploads import readable_name

HTML = b"<html><script>alert(1)</script></html>"
LZMA = docx(how=zipfile.ZIP_LZMA)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.mark.parametrize(
    ("name", "file", "media_type"),
    [
        ("a.jpg", picture("JPEG"), "image/jpeg"),
        ("a.JPEG", picture("JPEG"), "image/jpeg"),
        ("a.png", picture("PNG"), "image/png"),
        ("a.gif", picture("GIF"), "image/gif"),
        ("a.webp", picture("WEBP"), "image/webp"),
        ("statement.2024.01.pdf", PDF, "application/pdf"),
        ("a.doc", DOC, "application/msword"),
        ("a.docx", docx(), content.DOCX.media_type),
    ],
)
def test_a_file_is_what_its_content_says_when_its_name_agrees(name, file, media_type):
    assert judge(io.BytesIO(file), name, DOCUMENTS).media_type == media_type


@pytest.mark.parametrize(
    ("name", "file"),
    [
        pytest.param("a.png", picture("JPEG"), id="a name that says another type"),
        pytest.param("a", picture("PNG"), id="a name without an extension"),
        pytest.param("a.png\x00.html", picture("PNG"), id="a NUL in the name"),
        pytest.param("a.php.png", picture("PNG"), id="an active inner extension"),
        pytest.param("a.pdf.exe", PDF, id="an executable name"),
        pytest.param("a.png", b"", id="an empty file"),
        pytest.param("a.html", HTML, id="a page"),
        pytest.param("a.png", HTML, id="a page that calls itself a picture"),
        pytest.param("a.svg", SVG, id="a drawing that can run"),
        pytest.param("a.xml", b"<?xml version='1.0'?><a/>", id="xml"),
        pytest.param("a.pdf", b" " + PDF, id="a PDF that does not begin at once"),
        pytest.param("a.pdf", PDF[:-6], id="a PDF without an end"),
        pytest.param("a.pdf", PDF.replace(b"1 0 obj", HTML + b"1 0 obj", 1), id="a page inside a PDF"),
        pytest.param("a.pdf", PDF + HTML, id="a page behind a PDF"),
        pytest.param("a.pdf", PDF + docx(), id="an archive behind a PDF"),
        pytest.param("a.doc", DOC.replace(b"W\x00o\x00", b"X\x00o\x00"), id="an old Office file that is no document"),
        pytest.param("a.docx", docx(**{"word/vbaProject.bin": b"1"}), id="a document with macros"),
        pytest.param("a.docx", docx()[:-30], id="half a document"),
        pytest.param("a.docx", docx().replace(b"word/document.xml", b"xl/doc/workbook.x"), id="another archive"),
        pytest.param("a.docx", docx(é=b"1").replace("é".encode(), b"\xff\xff"), id="a name that is no UTF-8"),
        pytest.param("a.docx", LZMA.replace(b"\x05\x00\x5d", b"\x05\x00\xff"), id="an entry that cannot be unfolded"),
        pytest.param("a.zip", docx(), id="an archive by name"),
    ],
)
def test_whatever_else_is_refused(name, file):
    with pytest.raises(FileRefused):
        judge(io.BytesIO(file), name, DOCUMENTS)


def test_a_document_that_unfolds_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(content, "MAX_INFLATED_BYTES", 1_000_000)
    bomb = docx(**{"word/media.bin": bytes(1_000_001)})
    assert len(bomb) < 5000
    with pytest.raises(FileRefused, match="unfolds"):
        judge(io.BytesIO(bomb), "a.docx", DOCUMENTS)


def test_only_what_is_allowed_here_is_accepted():
    with pytest.raises(FileRefused, match="jpg, jpeg, png, gif, webp"):
        judge(io.BytesIO(PDF), "a.pdf", PICTURES)


@pytest.mark.parametrize("kind", PICTURES, ids=lambda kind: kind.extension)
def test_a_picture_is_drawn_anew_upright_and_without_what_it_said_of_its_origin(kind):
    taken = picture({"jpg": "JPEG"}.get(kind.extension, kind.extension.upper()), place=True, turned=True)
    drawn = redraw(io.BytesIO(taken + b"<script>hidden</script>"), kind).read()
    assert b"ACME" not in drawn
    assert b"script" not in drawn
    result = Image.open(io.BytesIO(drawn))
    assert not result.getexif()
    # A GIF cannot say that it lies on its side.
    assert result.size == ((60, 40) if kind.extension == "gif" else (40, 60))
    colour = result.convert("RGB").getpixel((20, 20))
    assert all(abs(got - meant) < 5 for got, meant in zip(colour, (200, 30, 30), strict=True))


@pytest.mark.parametrize(
    ("kind", "mode"),
    [(content.JPEG, mode) for mode in ("L", "RGB", "CMYK")]
    + [(content.PNG, mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")]
    + [(content.GIF, mode) for mode in ("1", "L", "P", "RGB", "RGBA")]
    + [(content.WEBP, mode) for mode in ("RGB", "RGBA")],
)
def test_pictures_of_every_mode_can_be_drawn(kind, mode):
    made = io.BytesIO()
    Image.new(mode, (8, 8)).save(made, {"jpg": "JPEG"}.get(kind.extension, kind.extension))
    assert Image.open(redraw(made, kind)).size == (8, 8)


def test_see_through_stays_see_through():
    made = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).convert("P").save(made, "PNG", transparency=0)
    assert Image.open(redraw(made, content.PNG)).convert("RGBA").getpixel((0, 0))[3] == 0


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [10_000, 20_000])
def test_too_many_pixels_are_refused_before_they_are_decoded(side):
    made = io.BytesIO()
    Image.new("1", (side, side)).save(made, "PNG")
    # Only the header is left, so decoding would say that it is damaged.
    with pytest.raises(FileTooLarge):
        redraw(io.BytesIO(made.getvalue()[:64]), content.PNG)


def test_a_damaged_picture_is_refused():
    for cut in range(20, 600, 40):
        with pytest.raises(FileRefused, match="damaged"):
            redraw(io.BytesIO(picture("JPEG")[:cut]), content.JPEG)


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("photo.PNG", "photo.png"),
        ("../../etc/passwd.png", "passwd.png"),
        ("\\\\host\\share\\C:\\CON.png", "CON.png"),
        ("/abs/Chi\u0301di.png", "Ch\u00eddi.png"),
        ("gnp.\u202eexe.png", "gnp.exe.png"),
        ("line\r\nbreak.png", "linebreak.png"),
        (".png", "file.png"),
        ("a" * 300 + ".png", "a" * 150 + ".png"),
    ],
)
def test_the_name_of_a_file_is_only_something_to_read(name, readable):
    assert readable_name(name, content.PNG) == readable

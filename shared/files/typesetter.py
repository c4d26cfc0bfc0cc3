"""Pages as PDF, set by typst from the templates in `pages`.

The data goes in as JSON beside the template and never as part of it, so nothing in it is markup. Only the fonts that
are shipped are used, and files elsewhere, packages and addresses on the net are out of reach.
"""

import base64
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, cast

import typst
from PIL import Image

_HOME = Path(__file__).parent
_LONG_WORD = re.compile(r"\S{17,}")
_WORDS = re.compile(r"\S+\s*|\s+")
# A letter with the marks on it stays together: no line begins with a mark.
_PIECES = re.compile("(?:[^\u0300-\u036f][\u0300-\u036f]*|[\u0300-\u036f]){1,8}")
_PAGES = _HOME / "pages"


def pdf_of(template: str, document: Mapping[str, Any], *, logo: bytes | None = None, cells: int = 0) -> bytes:
    """The document, which has so many cells of a table, by a template of `pages`.

    A large one waits for another large one, and is made without the tags that let a screen reader follow it, since
    they take memory for each cell.
    """
    is_large = cells > _MANY_CELLS
    inputs = {"document": json.dumps(document, ensure_ascii=False)}
    if logo is not None:
        inputs["logo"] = _drawing_of(logo)
    with _large if is_large else nullcontext(), _compiler() as compiler:
        content = compiler.compile(str(_PAGES / template), format="pdf", sys_inputs=inputs, pdf_tags=not is_large)
        if cells > _SOME_CELLS:
            _forget(compiler)
    return cast(bytes, content)


def _forget(compiler: typst.Compiler) -> None:
    """Give back what was taken for a document: results that none has needed for a while are dropped, and these need
    none."""
    for _ in range(_REMEMBERED_FOR):
        compiler.compile(b"", format="pdf", pdf_tags=False)


def breakable(text: str) -> str | list[str]:
    """The text for a template, which shows it by `shown`. One with a word too long for a column, such as an address of
    mail, is in pieces, between which a line may end; nothing stands there when the text is copied out."""
    if not _LONG_WORD.search(text):
        return text
    return [piece for word in _WORDS.findall(text) for piece in _PIECES.findall(word)]


# Setting pages is nothing but work, so more at once would not be sooner, only take more memory.
_AT_ONCE = 2
_large = threading.Lock()
_SOME_CELLS, _MANY_CELLS = 200, 1000
# For how many documents typst keeps what it found out, for the case that it is the same again.
_REMEMBERED_FOR = 12
_places = threading.BoundedSemaphore(_AT_ONCE)
_idle: SimpleQueue[typst.Compiler] = SimpleQueue()


@contextmanager
def _compiler() -> Iterator[typst.Compiler]:
    """A compiler for one document: it takes one at a time, and stays warm for the next."""
    with _places:
        try:
            compiler = _idle.get_nowait()
        except Empty:
            compiler = typst.Compiler(root=_PAGES, font_paths=[str(_HOME / "fonts")], ignore_system_fonts=True)
        try:
            yield compiler
        finally:
            _idle.put(compiler)


@lru_cache(maxsize=8)
def _drawing_of(picture: bytes) -> str:
    """A picture inside a drawing (SVG), since only text can be handed in. Raises OSError for what is no picture."""
    with Image.open(BytesIO(picture)) as opened:
        width, height = opened.size
        media_type = Image.MIME[opened.format or ""]
    size = f'width="{width}" height="{height}"'
    address = f"data:{media_type};base64,{base64.b64encode(picture).decode()}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><image {size} href="{address}"/></svg>'

"""What a reader copies out of a PDF, by pdftotext of poppler-utils, which `make test` installs where it may."""

import shutil
import subprocess
import unicodedata
from typing import Any

import pytest

needs_pdftotext = pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext (poppler-utils) is missing")


def text_of(content: bytes) -> str:
    """The text, page by page, in the composed form of Unicode."""
    command = ["pdftotext", "-layout", "-", "-"]
    text = subprocess.run(command, input=content, capture_output=True, check=True).stdout.decode()
    return unicodedata.normalize("NFC", text)


def lines_of(content: bytes) -> list[str]:
    """The lines that have any text, each with single spaces."""
    return [" ".join(line.split()) for line in text_of(content).splitlines() if line.strip()]


def lines_of_answer(answer: Any) -> list[str]:
    """The lines of the PDF that a route answered."""
    assert answer.status_code == 200, answer.json
    assert answer.mimetype == "application/pdf"
    return lines_of(answer.data)

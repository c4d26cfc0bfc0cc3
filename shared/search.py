"""Text search: anywhere inside, without regard to case, every character literal."""

from typing import Any

from sqlalchemy import ColumnElement, and_

MAX_WORDS = 8


def contains_words(column: Any, words: str) -> ColumnElement[bool]:
    """Rows whose lower-case `column` contains every word; a trigram index on the column serves it."""
    found = [column.like(f"%{_literal(word)}%", escape="\\") for word in words.lower().split()[:MAX_WORDS]]
    return and_(*found)


def _literal(word: str) -> str:
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")

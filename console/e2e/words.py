"""What a page says of its own, where every text of the catalogue is marked: in the build of `build/pseudo.ts`."""

import calendar
import json
import re
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Error, Page, Response

# What stands between the marks is from the catalogue; what is left is what the page was given, or has of its own.
_SAID = """() => {
    const found = new Set([document.title]);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const isShown = element => !element.closest("script, style, noscript, code, pre");
    while (walker.nextNode())
        if (isShown(walker.currentNode.parentElement)) found.add(walker.currentNode.data);
    for (const name of ["aria-label", "title", "placeholder", "alt"])
        for (const element of document.querySelectorAll(`[${name}]`)) found.add(element.getAttribute(name));
    return [...found].map(text => text.replace(/⟦[^⟧]*⟧/g, " "));
}"""
_WORD = re.compile(r"[^\W\d_]{3,}")
# Kinds of files have the same name in every language.
_FORMATS = frozenset(["CSV", "PDF", "XLSX"])
# Days are written by the browser, in the language that the build has.
_DAYS = frozenset([*calendar.month_name, *calendar.month_abbr, *calendar.day_name, "Sept"])


class WordsOfApi:
    """Notes what a page is given by the API from now on."""

    def __init__(self, page: Page) -> None:
        self._answers: list[Response] = []
        page.on("response", self._note)

    def _note(self, answer: Response) -> None:
        # The stream of changes has no end.
        if "application/json" in answer.headers.get("content-type", ""):
            self._answers.append(answer)

    def heard(self) -> set[str]:
        """Every word in a value of an answer. What the API says about the request itself is for no page to show."""
        return {
            word for answer in self._answers for value in _values(_content(answer)) for word in _WORD.findall(value)
        }


def own_words(page: Page, given: set[str]) -> list[str]:
    """The words on a page that are neither from the catalogue nor given."""
    said = [word for text in page.evaluate(_SAID) for word in _WORD.findall(text)]
    return sorted(set(said) - given - _DAYS - _FORMATS)


def _content(answer: Response) -> Any:
    try:
        return json.loads(answer.text())
    except (Error, ValueError):
        # No JSON: a file, a stream, or nothing.
        return None


def _values(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for each in content:
            yield from _values(each)
    elif isinstance(content, dict):
        for name, each in content.items():
            if name != "message":
                yield from _values(each)

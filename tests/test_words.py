"""The code uses the words of docs/glossary.md: those of a dialect of our own, which it once had, do not come back."""

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ["services", "shared", "gateway", "deploy", "bench", "tests"]
INSTEAD = {
    "told": "published, recorded, payload",
    "there": "existing",
    "wanted": "filters, requested, expected",
    "known": "existing, by_id",
    "news": "notifications, events",
    "keeper": "password provider",
    "keepers": "password providers",
    "office": "mailer",
    "visit": "request context",
    "visits": "request context",
    "turns": "fair queue",
    "neighbours": "directory",
    "agreeing": "the noun",
    "receiving": "the noun",
    "taking": "the noun",
}
OF_OTHERS = {"parse_known_args": "argparse"}
# Nouns of the field and of engineering that end like a verb.
NOUNS = {
    "branding",
    "forwarding",
    "housekeeping",
    "rescheduling",
    "rounding",
    "sealing",
    "testing",
    "tracing",
    "wording",
}


def python_files() -> list[Path]:
    """Our own code; migrations are history."""
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in paths if "migrations" not in path.parts and "node_modules" not in path.parts]


def identifiers(path: Path) -> Iterator[tuple[int, str]]:
    """The names in a file with their lines; the name of a test is a sentence and may have any word."""
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.NAME and not token.string.startswith("test_"):
                yield token.start[0], token.string


def parts_of(name: str) -> set[str]:
    """The words of a name: `is_told` and `IsTold` have two."""
    return {word.lower() for word in re.split(r"_|(?<=[a-z])(?=[A-Z])", name)}


def docstrings(path: Path) -> Iterator[tuple[int, str]]:
    """The docstrings of a file with the lines of what they belong to."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, kinds) and (text := ast.get_docstring(node)):
            yield getattr(node, "lineno", 1), text


@pytest.mark.parametrize("folder", FOLDERS)
def test_names_are_made_of_plain_words(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name} ({INSTEAD[word]})"
        for path in python_files()
        if path.relative_to(ROOT).parts[0] == folder
        for line, name in identifiers(path)
        if name not in OF_OTHERS
        for word in sorted(parts_of(name) & INSTEAD.keys())
    ]
    assert not found, "\n".join(found)


def test_no_docstring_leans_on_the_one_before_it() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text.splitlines()[0]}"
        for path in python_files()
        for line, text in docstrings(path)
        if text.startswith("The same")
    ]
    assert not found, "\n".join(found)


def test_modules_are_named_by_nouns() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in python_files()
        if path.stem.endswith("ing") and path.stem not in NOUNS and "tests" not in path.parts
    ]
    assert not found, "\n".join(found)

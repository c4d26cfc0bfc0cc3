"""Every test that docs/security.md names is there to be run."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
LEAST = 100


def test_every_test_that_is_named_exists() -> None:
    named = NAMED.findall((ROOT / "docs/security.md").read_text())
    missing = [
        f"{file}::{test}"
        for file, test in named
        if not (ROOT / file).exists() or not re.search(rf"^def {test}\(", (ROOT / file).read_text(), re.M)
    ]
    assert missing == []
    assert len(named) > LEAST


def test_every_statement_names_a_test() -> None:
    text = (ROOT / "docs/security.md").read_text().partition("## Left")[0]
    statements = re.split(r"^\*\*\d+\.\*\*", text, flags=re.MULTILINE)
    assert [statement.strip()[:60] for statement in statements[1:] if not NAMED.search(statement)] == []

"""Building the console: once for each state of its sources, with types that are those of the API."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.console import build, node
from deploy.console.background import BackgroundBuild
from deploy.console.pictures import MOST_BYTES
from deploy.console.types import TYPES
from deploy.local.folder import CODE


@pytest.mark.timeout(300)
def test_the_types_are_those_of_the_api(tmp_path: Path) -> None:
    made = tmp_path / "schema.d.ts"
    # In a process of its own: what a route can come to is read from the code that is loaded.
    program = (
        "import sys; from pathlib import Path; from deploy.console.types import types_of_api;"
        "Path(sys.argv[1]).write_text(types_of_api())"
    )
    subprocess.run([sys.executable, "-c", program, made], cwd=CODE, check=True, capture_output=True)
    assert made.read_text() == TYPES.read_text(), (
        "the API has changed: `make types` writes the types of the console anew"
    )


@pytest.mark.parametrize("name", ["package-lock.json", "tools/package-lock.json"])
def test_a_lock_names_no_registry(name: str) -> None:
    lock = (node.CONSOLE / name).read_text()
    assert "resolved" not in lock
    assert "integrity" in lock


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A console of three files, and a stand-in for what builds it: it counts its runs."""
    for path in ("index.html", "src/main.ts", "src/main.test.ts"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("one")
    monkeypatch.setattr(build, "CONSOLE", tmp_path)
    for name in ("BUILT", "_NEXT", "_LAST"):
        monkeypatch.setattr(build, name, tmp_path / getattr(build, name).name)
    monkeypatch.setattr(build, "install_packages", lambda **_: None)

    def run(*_: object) -> None:
        (tmp_path / "dist.next").mkdir()
        (tmp_path / "dist.next" / "index.html").write_text((tmp_path / "src/main.ts").read_text())

    monkeypatch.setattr(build, "node", run)
    return tmp_path


def test_it_is_built_again_when_its_sources_have_changed(sources: Path) -> None:
    assert [build.build(), build.build()] == [True, False]
    (sources / "src/main.ts").write_text("two")
    assert not build.is_built()
    assert build.build()
    assert (sources / "dist/index.html").read_text() == "two"
    assert not list(sources.glob("dist.*"))


def test_a_changed_test_is_no_reason_to_build(sources: Path) -> None:
    build.build()
    (sources / "src/main.test.ts").write_text("two")
    assert build.is_built()


def test_a_build_that_fails_leaves_the_last_one(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build.build()
    (sources / "src/main.ts").write_text("two")

    def fail(*_: object) -> None:
        raise node.CannotStart("no")

    monkeypatch.setattr(build, "node", fail)
    with pytest.raises(node.CannotStart):
        build.build()
    assert (sources / "dist/index.html").read_text() == "one"


def test_what_is_built_already_is_only_said(sources: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    build.build()
    said: list[str] = []
    BackgroundBuild("http://127.0.0.1:1", tmp_path / "console.log", said.append).stop()
    assert said == ["The console is at http://127.0.0.1:1/."]


def test_the_readme_shows_small_pictures_of_it() -> None:
    shown = re.findall(r'src="(docs/pictures/[\w.]+)"', (CODE / "README.md").read_text())
    assert {CODE / path for path in shown} == set((CODE / "docs" / "pictures").iterdir())
    assert [path for path in shown if (CODE / path).stat().st_size > MOST_BYTES] == []

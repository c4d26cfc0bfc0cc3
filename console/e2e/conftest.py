"""The console in a real browser, on a platform of its own where every process is real."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from console.e2e.screens import CHROMIUM, Screens
from deploy.console.build import build
from deploy.console.node import alone, node
from deploy.local.platform import Platform
from tests.client import Person
from tests.conftest import admin, platform, traces
from tests.institution import Team, new_team

__all__ = ["admin", "platform", "traces"]


# A platform, a build and a browser begin within the first of them.
_PATIENCE = 300


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(_PATIENCE))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not shutil.which(CHROMIUM):
        pytest.skip("needs Debian's chromium, which make test installs where it may")
    with sync_playwright() as playwright:
        # Whoever is root in a container cannot have the sandbox of the browser.
        browser = playwright.chromium.launch(
            executable_path=shutil.which(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _is_built() -> None:
    build()


@pytest.fixture(scope="session")
def pseudo_build(_is_built: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console in no language: each of its texts is marked, and longer."""
    folder = tmp_path_factory.mktemp("pseudo")
    with alone():
        node("node_modules/vite/bin/vite.js", "build", "--mode", "pseudo", "--outDir", folder, "--emptyOutDir")
    return folder


@pytest.fixture
def screens(browser: Browser, platform: Platform, _is_built: None) -> Iterator[Screens]:
    """Opens the console for somebody; what goes wrong in it unseen fails the test."""
    screens = Screens(browser, platform.url)
    yield screens
    screens.close()


@pytest.fixture(scope="package")
def own_team(admin: Person) -> Team:
    """A team for those tests that only look."""
    return new_team(admin)


@pytest.fixture
def team(admin: Person) -> Team:
    return new_team(admin)

"""The pictures of the console in the README, made from a seeded book: an officer's day and a collection sheet on a
phone, and a supervisor's decision at a desk."""

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from deploy.client import Client
from deploy.console.build import build
from deploy.local.credentials import strong_password
from deploy.local.errors import CannotStart
from deploy.local.folder import CODE
from deploy.local.platform import Platform, temporary_platform
from deploy.seed.staff import email_of
from shared.context import Role

FOLDER = CODE / "docs" / "pictures"
MOST_BYTES = 60_000
_LOANS = 500
_PHONE, _DESK = (360, 740), (1120, 780)
# As sharp as phones are, and no larger than a page of text needs.
_SCALE, _QUALITY = 2, 70
_IS_WHOLE = """() => document.querySelector("h1") && !document.querySelector('[role="status"][aria-label]')"""


def make_pictures() -> None:
    """Make all of them anew. Raises CannotStart."""
    program = shutil.which("chromium")
    if program is None:
        raise CannotStart("There is no chromium on this machine; `make test` installs Debian's where it may.")
    build()
    FOLDER.mkdir(exist_ok=True)
    with temporary_platform() as platform, sync_playwright() as playwright:
        password = _seed(platform)
        # Whoever is root in a container cannot have the sandbox of the browser.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        officer = Client(platform.url).sign_in(email_of(Role.CREDIT_OFFICER, 1), password)
        supervisor = Client(platform.url).sign_in(email_of(Role.SUPERVISOR, 1), password)
        with _page(browser, platform, officer, _PHONE) as page:
            _take(page, "/", "day")
            _fill_sheet(page, officer)
            _save(page, "sheet")
        with _page(browser, platform, supervisor, _DESK) as page:
            _take(page, f"/decisions/{_waiting(supervisor)['id']}", "decision")
        browser.close()


def _seed(platform: Platform) -> str:
    password = strong_password()
    command = [sys.executable, "-m", "deploy.seed", "--size", str(_LOANS), "--password", password]
    environment = os.environ | platform.seed_environment
    if subprocess.run(command, cwd=CODE, env=environment, check=False).returncode:
        raise CannotStart("The book could not be seeded.")
    return password


@contextmanager
def _page(browser: Browser, platform: Platform, person: Client, size: tuple[int, int]) -> Iterator[Page]:
    context = browser.new_context(
        base_url=platform.url,
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=_SCALE if size is _PHONE else 1,
        has_touch=size is _PHONE,
    )
    context.add_cookies([{"name": "access_token", "value": person.token, "url": platform.url, "httpOnly": True}])
    yield context.new_page()
    context.close()


def _waiting(supervisor: Client) -> Mapping[str, Any]:
    """The application that has waited longest."""
    found: list[Mapping[str, Any]] = supervisor.get("/api/loans?status=PENDING_APPROVAL&order=oldest&limit=1")
    return found[0]


def _fill_sheet(page: Page, officer: Client) -> None:
    """Open the longest sheet of today, and fill in its first lines."""
    sheets = officer.get("/api/repayments/collection-sheets")
    sheet = max(sheets, key=lambda each: len(each["lines"]))
    page.goto(f"/unions/{sheet['union']['id']}/sheet")
    page.wait_for_function(_IS_WHOLE)
    for line in sheet["lines"][:2]:
        # By one tap: what is due, or where nothing is, that the member is absent.
        page.get_by_role("listitem").filter(has_text=line["memberName"]).get_by_role("button").first.click()


def _take(page: Page, path: str, name: str) -> None:
    page.goto(path)
    page.wait_for_function(_IS_WHOLE)
    page.wait_for_load_state("networkidle")
    _save(page, name)


def _save(page: Page, name: str) -> None:
    """Write what the window shows. Raises CannotStart where that is more than a page of text should bring along."""
    devtools = page.context.new_cdp_session(page)
    taken = devtools.send("Page.captureScreenshot", {"format": "webp", "quality": _QUALITY})
    content = base64.b64decode(taken["data"])
    file = FOLDER / f"{name}.webp"
    if len(content) > MOST_BYTES:
        raise CannotStart(f"{file.name} has {len(content):,} bytes, more than {MOST_BYTES:,}.")
    file.write_bytes(content)
    print(f"{file.relative_to(CODE)}: {len(content) / 1000:.0f} kB", flush=True)

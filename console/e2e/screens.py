"""A browser in somebody's hand: of which size, signed in as whom, and what it complained of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

from tests.client import Person

CHROMIUM = "chromium"
PHONE, TABLET, DESKTOP = (360, 740), (768, 1024), (1440, 900)
_AXE = Path(__file__).parent.parent / "node_modules" / "axe-core" / "axe.min.js"
_PATIENCE_MS = 20_000
# The browser writes a line for every answer that is a refusal; those are looked at by themselves.
_ABOUT_ANSWERS = re.compile(r"Failed to load resource")


@dataclass(slots=True)
class Screen:
    """A page in a window of its own. `complaints` are errors of its scripts and answers that refuse."""

    page: Page
    context: BrowserContext
    url: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open an address of the console, and wait until everything on it is there."""
        self.page.goto(self.url + path)
        self.settle()

    def settle(self) -> None:
        """Wait until the page has its title, and nothing on it is only an outline any more."""
        self.page.locator("h1").first.wait_for()
        self.page.wait_for_function("""() => !document.querySelector('[aria-label="Loading"]')""")

    def press(self, name: str | re.Pattern[str], role: Any = "button") -> None:
        self.page.get_by_role(role, name=name, exact=isinstance(name, str)).first.click()

    def says(self, text: str | re.Pattern[str]) -> None:
        """Wait until this can be read somewhere."""
        self.page.get_by_text(text).first.wait_for()

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def expect_refusal(self) -> None:
        """What was refused until now was meant to be."""
        self.complaints.clear()

    @property
    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def violations(self) -> list[str]:
        """What axe finds wrong with the page, for people who see, hear or move otherwise."""
        # As a script of the page it would be against the page's policy.
        self.page.evaluate(_AXE.read_text())
        # Not inside of frames: those of ours are sandboxed, and nobody in there answers.
        found = self.page.evaluate("axe.run(document, {iframes: false}).then(result => result.violations)")
        return [
            f"{each['id']}: {node['html'][:200]} {node['failureSummary']}" for each in found for node in each["nodes"]
        ]


class Screens:
    """Opens windows, and closes them all."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self.url = browser, url
        self._open: list[Screen] = []

    def open(
        self, person: Person | None = None, size: Sequence[int] = PHONE, *, theme: Any = "light", workers: bool = False
    ) -> Screen:
        """A window with a storage of its own, in which a person is signed in, by the session they have already.

        `workers` allows a service worker, by which the console also starts without a line."""
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,
            locale="en-GB",
            has_touch=size is PHONE,
            service_workers="allow" if workers else "block",
        )
        context.set_default_timeout(_PATIENCE_MS)
        if person is not None:
            context.add_cookies([{"name": "access_token", "value": person.token, "url": self.url, "httpOnly": True}])
        return self.tab(context)

    def tab(self, context: BrowserContext) -> Screen:
        """Another tab of a window that is open."""
        screen = Screen(context.new_page(), context, self.url)
        screen.page.on("console", lambda message: _note(screen, message))
        screen.page.on("pageerror", lambda error: screen.complaints.append(f"script: {error}"))
        screen.page.on("response", lambda response: _note_refusal(screen, response))
        self._open.append(screen)
        return screen

    def close(self) -> None:
        """Close all windows. Fails the test when one of them complained of something."""
        complaints = [complaint for screen in self._open for complaint in screen.complaints]
        for context in {id(screen.context): screen.context for screen in self._open}.values():
            context.close()
        assert complaints == [], complaints


def _note(screen: Screen, message: ConsoleMessage) -> None:
    is_ours = not _ABOUT_ANSWERS.search(message.text) and "Service Worker registration blocked" not in message.text
    if message.type in {"error", "warning"} and is_ours:
        screen.complaints.append(f"console: {message.text}")


def _note_refusal(screen: Screen, response: Response) -> None:
    if response.status >= 400:
        screen.complaints.append(f"{response.status}: {response.request.method} {response.url}")

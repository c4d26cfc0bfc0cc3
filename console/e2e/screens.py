"""A browser in somebody's hand: of which size, signed in as whom, and what it complained of."""

import contextlib
import os
import re
import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, Route

from tests.client import Person

CHROMIUM = "chromium"
PHONE, TABLET, DESKTOP = (360, 740), (768, 1024), (1440, 900)
_AXE = Path(__file__).parent.parent / "node_modules" / "axe-core" / "axe.min.js"
# Not inside of frames: those of ours are sandboxed, and nobody in there answers. Nothing of what is well is said.
_RUN_AXE = 'axe.run(document, {iframes: false, resultTypes: ["violations"]}).then(result => result.violations)'
_PATIENCE_MS = 20_000
# Whatever the language is: an outline of what is to come.
_OUTLINE = '[role="status"][aria-label]'
# The texts that stick out of what clips them, or of the surface that they stand on.
_CUT = """() => {
    const found = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const {data, parentElement: element} = walker.currentNode;
        if (!data.trim() || !element.checkVisibility() || element.closest("option, script, style, noscript")) continue;
        const range = document.createRange();
        range.selectNodeContents(walker.currentNode);
        const boxes = [...range.getClientRects()];
        for (let around = element; around !== document.body; around = around.parentElement) {
            const edge = around.getBoundingClientRect(), style = getComputedStyle(around);
            // For those who hear the page.
            if (edge.width <= 1) break;
            if (/auto|scroll/.test(style.overflowX + style.overflowY)) break;
            const clips = /hidden|clip/.test(style.overflowX + style.overflowY);
            const isSurface = style.display !== "inline"
                && (style.borderLeftWidth !== "0px" || style.backgroundColor !== "rgba(0, 0, 0, 0)");
            const isOut = box => box.left < edge.left - 1 || box.right > edge.right + 1
                || clips && (box.top < edge.top - 2 || box.bottom > edge.bottom + 2);
            if ((clips || isSurface) && boxes.some(isOut)) found.add(data.trim());
        }
    }
    return [...found];
}"""
# By how much what was shown already has moved, as browsers count it.
_SHIFTS = """() => new Promise(done => {
    let sum = 0;
    const observer = new PerformanceObserver(list => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
    });
    observer.observe({type: "layout-shift", buffered: true});
    setTimeout(() => done(sum));
})"""
_OURS = re.compile(r"^https?://[^/]+/(?!api/|uploads/)")
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
        self.page.wait_for_function("outline => !document.querySelector(outline)", arg=_OUTLINE)

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

    @property
    def cut(self) -> list[str]:
        """The texts on it of which a part cannot be read."""
        return [str(text) for text in self.page.evaluate(_CUT)]

    @property
    def handlers(self) -> int:
        """How many elements there are that would run something of their own: markup that came as text."""
        return self.page.locator("[onclick], [onerror]").count()

    @property
    def shift(self) -> float:
        """By how much the page has moved under the eyes of its reader since it was opened, as browsers count it."""
        return float(self.page.evaluate(_SHIFTS))

    def violations(self) -> list[str]:
        """What axe finds wrong with the page, for people who see, hear or move otherwise."""
        # As a script of the page it would be against the page's policy.
        self.page.evaluate(_AXE.read_text())
        found = self.page.evaluate(_RUN_AXE)
        return [
            f"{each['id']}: {node['html'][:200]} {node['failureSummary']}" for each in found for node in each["nodes"]
        ]


class Screens:
    """Opens windows, and closes them all."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self.url = browser, url
        self._open: list[Screen] = []

    def open(
        self,
        person: Person | None = None,
        size: Sequence[int] = PHONE,
        *,
        theme: Any = "light",
        workers: bool = False,
        built: Path | None = None,
    ) -> Screen:
        """A window with a storage of its own, in which a person is signed in, by the session they have already.

        `workers` allows a service worker, by which the console also starts without a line; `built` has another build
        than the one that the gateway serves."""
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,
            locale="en-GB",
            has_touch=size is PHONE,
            service_workers="allow" if workers else "block",
        )
        if built is not None:
            context.route(_OURS, partial(_serve, built))
        return self._signed_in(context, person)

    def open_kept(self, folder: Path, person: Person) -> Screen:
        """A browser of its own, on a phone, that keeps what it has in a folder and finds it again there."""
        context = self._browser.browser_type.launch_persistent_context(
            folder,
            executable_path=shutil.which(CHROMIUM),
            args=["--no-sandbox"],
            viewport={"width": PHONE[0], "height": PHONE[1]},
            locale="en-GB",
            has_touch=True,
        )
        return self._signed_in(context, person)

    def kill(self, screen: Screen, folder: Path) -> None:
        """End the browser that keeps what it has in a folder at once, with all its processes."""
        self._open.remove(screen)
        with screen.context.expect_event("close"):
            for process in _processes_of(folder):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    def _signed_in(self, context: BrowserContext, person: Person | None) -> Screen:
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


def _serve(folder: Path, route: Route) -> None:
    """Answer with a file of a build, or with its first page for an address of the console."""
    file = folder / urlsplit(route.request.url).path.strip("/")
    route.fulfill(path=file if file.is_file() else folder / "index.html")


def _processes_of(folder: Path) -> list[int]:
    """The processes that were started with this folder, the browser itself and those of it."""
    started = [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(folder) in _words(path)]
    return [int(path.parent.name) for path in started]


def _words(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        # It has ended.
        return ""


def _note(screen: Screen, message: ConsoleMessage) -> None:
    is_ours = not _ABOUT_ANSWERS.search(message.text) and "Service Worker registration blocked" not in message.text
    if message.type in {"error", "warning"} and is_ours:
        screen.complaints.append(f"console: {message.text}")


def _note_refusal(screen: Screen, response: Response) -> None:
    if response.status >= 400:
        screen.complaints.append(f"{response.status}: {response.request.method} {response.url}")


def answered_in_vain(route: Route) -> None:
    """It is done, and no answer comes."""
    route.fetch()
    route.abort("connectionreset")

"""What an officer's start costs on a cheap phone: on a slow line, with a quarter of this machine's processor.

Slow 3G is taken as 400 kbit/s both ways with 400 ms from a request to the first byte of its answer, as WebPageTest has
it. A page is usable when it has its title and nothing on it is only an outline any more. Each figure is the median of
some browsers, each with a profile of its own that is kept on disk, as phones keep theirs. What else is busy on this
machine makes a slow processor slower still, so the load is said beside each figure, and how fast the machine is.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from statistics import median
from typing import NamedTuple

from playwright.sync_api import BrowserContext, Playwright, sync_playwright

from bench import reference
from bench.calibration import take_mark
from bench.run import say, seeded
from bench.verdicts import Verdict, at_most
from deploy.client import Client
from deploy.console.build import build
from deploy.local.errors import CannotStart
from deploy.local.platform import temporary_platform
from deploy.readers import ensure_readers
from deploy.seed.staff import email_of
from shared.context import Role

_LOANS = 500
_BYTES_A_SECOND, _LATENCY_MS = 400_000 // 8, 400
_SLOWER = 4
_BROWSERS = 3
# Whoever is root in a container cannot have the sandbox of the browser. Whoever watches requests, as this does, asks
# for the line of source that each came from, for which the engine would read every script twice; no phone does.
_OPTIONS = ("--no-sandbox", "--js-flags=--no-enable-lazy-source-positions")
_IS_USABLE = """() => document.querySelector("h1") && !document.querySelector('[role="status"][aria-label]')"""
_SCRIPTS = """performance.getEntriesByType("resource").filter(each => each.name.endsWith(".js"))
    .reduce((sum, each) => sum + each.transferSize, 0)"""
_SHIFT = """() => new Promise(done => {
    let sum = 0;
    const add = list => list.getEntries().forEach(each => { if (!each.hadRecentInput) sum += each.value; });
    new PerformanceObserver(add).observe({type: "layout-shift", buffered: true});
    setTimeout(() => done(sum));
})"""
# A window without a past can install nothing; the same page in another window can be.
_OF_THE_WINDOW = {"in-incognito"}


class Start(NamedTuple):
    """How long it took until the page could be used, how many kilobytes of JavaScript came over the line, by how much
    the page moved meanwhile, as browsers count it, and how busy the machine was."""

    seconds: float
    script_kilobytes: float
    shift: float
    load: float


class Starts(NamedTuple):
    """The starts of one browser that was never here before, and what keeps it from offering to install the console."""

    first: Start
    again: Start
    offline: Start
    hindrances: list[str]


def measure_console() -> Iterator[Verdict]:
    """An officer's first start and those after it, beside what is asked. Raises CannotStart."""
    ensure_readers()
    if shutil.which("chromium") is None:
        raise CannotStart("There is no chromium on this machine, and it cannot be installed.")
    build()
    with temporary_platform() as platform, sync_playwright() as playwright:
        sample = seeded(platform, _LOANS)
        say(f"one hash takes {take_mark('the starts').seconds * 1000:.0f} ms")
        officer = Client(platform.url).sign_in(email_of(Role.CREDIT_OFFICER, 1), sample.password)
        browsers = [_starts(playwright, platform.url, officer.token, number) for number in range(1, _BROWSERS + 1)]
    first, again = [each.first for each in browsers], [each.again for each in browsers]
    offline = [each.offline for each in browsers]
    scripts = median(start.script_kilobytes for start in first)
    yield at_most("JavaScript of an officer's start", scripts, reference.CONSOLE_SCRIPTS, " kB")
    yield _within("usable for the first time, on Slow 3G", first, reference.CONSOLE_FIRST)
    yield _within("usable the next time", again, reference.CONSOLE_AGAIN)
    yield _within("usable without a line", offline, reference.CONSOLE_AGAIN)
    shift = max(start.shift for start in first + again + offline)
    yield at_most("layout shift of a start", shift, reference.CONSOLE_SHIFT, "")
    hindrances = sorted({each for browser in browsers for each in browser.hindrances})
    yield at_most("hindrances to installing it", len(hindrances), 0, f" {', '.join(hindrances)}".rstrip())


def _within(what: str, starts: Sequence[Start], asked: float) -> Verdict:
    load = max(start.load for start in starts)
    return at_most(f"{what} (load {load:.1f})", median(start.seconds for start in starts), asked, " s")


def _starts(playwright: Playwright, url: str, token: str, number: int) -> Starts:
    with tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=shutil.which("chromium"),
            args=_OPTIONS,
            viewport={"width": 360, "height": 740},
            has_touch=True,
        )
        context.add_cookies([{"name": "access_token", "value": token, "url": url, "httpOnly": True}])
        say(f"the starts of browser {number} of {_BROWSERS}")
        starts = Starts(
            _start(context, url),
            _start(context, url),
            _start(context, url, is_offline=True),
            _hindrances(context, url),
        )
        context.close()
    return starts


def _start(context: BrowserContext, url: str, *, is_offline: bool = False) -> Start:
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    line = {"latency": _LATENCY_MS, "downloadThroughput": _BYTES_A_SECOND, "uploadThroughput": _BYTES_A_SECOND}
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", {"offline": is_offline, **line})
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    load = os.getloadavg()[0]
    page.goto(f"{url}/", wait_until="commit")
    page.wait_for_function(_IS_USABLE)
    # Since the page was asked for, by the clock of the browser.
    seconds = page.evaluate("performance.now()") / 1000
    page.wait_for_load_state("networkidle")
    scripts, shift = page.evaluate(_SCRIPTS), page.evaluate(_SHIFT)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.close()
    return Start(seconds, scripts / 1000, shift, load)


def _hindrances(context: BrowserContext, url: str) -> list[str]:
    """What keeps the browser from offering to install it."""
    page = context.new_page()
    page.goto(f"{url}/")
    found = context.new_cdp_session(page).send("Page.getInstallabilityErrors")["installabilityErrors"]
    page.close()
    return sorted({each["errorId"] for each in found} - _OF_THE_WINDOW)

"""What an officer's start costs on a cheap phone: on a slow line, with a quarter of this machine's processor.

Slow 3G is taken as 400 kbit/s both ways with 400 ms from a request to the first byte of its answer, as WebPageTest has
it. A page is usable when it has its title and nothing on it is only an outline any more.
"""

import shutil
from collections.abc import Iterator
from typing import NamedTuple

from playwright.sync_api import BrowserContext, sync_playwright

from bench import reference
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
_IS_USABLE = "() => document.querySelector('h1') && !document.querySelector('[aria-label=\"Loading\"]')"


class Start(NamedTuple):
    """How long it took until the page could be used, and how many kilobytes of JavaScript came over the line."""

    seconds: float
    script_kilobytes: float


def measure_console() -> Iterator[Verdict]:
    """An officer's first visit and the one after it, beside what is asked. Raises CannotStart."""
    ensure_readers()
    program = shutil.which("chromium")
    if program is None:
        raise CannotStart("There is no chromium on this machine, and it cannot be installed.")
    build()
    with temporary_platform() as platform, sync_playwright() as playwright:
        sample = seeded(platform, _LOANS)
        officer = Client(platform.url).sign_in(email_of(Role.CREDIT_OFFICER, 1), sample.password)
        # Whoever is root in a container cannot have the sandbox of the browser.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
        context.add_cookies([{"name": "access_token", "value": officer.token, "url": platform.url, "httpOnly": True}])
        say("an officer's first visit")
        first = _start(context, platform.url)
        say("the next one")
        again = _start(context, platform.url)
        browser.close()
    yield at_most("JavaScript of an officer's start", first.script_kilobytes, reference.CONSOLE_SCRIPTS, " kB")
    yield at_most("usable for the first time, on Slow 3G", first.seconds, reference.CONSOLE_FIRST, " s")
    yield at_most("usable the next time", again.seconds, reference.CONSOLE_AGAIN, " s")


def _start(context: BrowserContext, url: str) -> Start:
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    line = {"latency": _LATENCY_MS, "downloadThroughput": _BYTES_A_SECOND, "uploadThroughput": _BYTES_A_SECOND}
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", {"offline": False, **line})
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    page.goto(f"{url}/", wait_until="commit")
    page.wait_for_function(_IS_USABLE)
    # Since the page was asked for, by the clock of the browser.
    seconds = page.evaluate("performance.now()") / 1000
    page.wait_for_load_state("networkidle")
    scripts = page.evaluate(
        "performance.getEntriesByType('resource').filter(each => each.name.endsWith('.js'))"
        ".reduce((sum, each) => sum + each.transferSize, 0)"
    )
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.close()
    return Start(seconds, scripts / 1000)

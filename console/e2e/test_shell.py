"""What surrounds the pages: how much of it is sent, what of it is kept, and that it starts without a line."""

import json
import re
from itertools import cycle, product
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Response, Route

from console.e2e.screens import DESKTOP, PHONE, Screen, Screens
from shared.testing import eventually
from tests.institution import PASSWORD, Team

MOST_JAVASCRIPT = 120_000
WORTH_COMPRESSING = 512
HAND_IN = "**/api/repayments/collection-sheet"
READY = "navigator.serviceWorker.ready.then(() => true)"
KEPT = """async () => {
    const open = await Promise.all((await caches.keys()).map(name => caches.open(name)));
    const kept = await Promise.all(open.map(async cache => (await cache.keys()).map(request => request.url)));
    return kept.flat().map(url => new URL(url).pathname);
}"""
# To a browser another address of the worker is another release of it. It waits while a page is in use.
RELEASE = """async () => {
    for (;;) {
        const found = await navigator.serviceWorker.register("/sw.js?release=next");
        if (found.waiting) return;
        const worker = found.installing;
        // Where not all of its files have come, as on a bad line, they are asked for again.
        if (worker) await new Promise(done => worker.addEventListener("statechange", done, {once: true}));
    }
}"""
WORKERS = """async () => {
    const found = await navigator.serviceWorker.getRegistration();
    return ["installing", "waiting", "active"].map(each => `${each}: ${found[each]?.scriptURL} ${found[each]?.state}`);
}"""
# All that this address has written on the phone: its databases, its storage, and the texts in its caches.
STORED = """async () => {
    const promised = request => new Promise((done, failed) => {
        request.onsuccess = () => done(request.result);
        request.onerror = () => failed(request.error);
    });
    const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
    for (const {name} of await indexedDB.databases()) {
        const db = await promised(indexedDB.open(name));
        for (const store of db.objectStoreNames)
            found.push(JSON.stringify(await promised(db.transaction(store).objectStore(store).getAll())));
        db.close();
    }
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) found.push(await (await cache.match(request)).text());
    }
    return found.join();
}"""


def test_the_first_page_of_an_officer_is_small(screens: Screens, own_team: Team) -> None:
    screen = screens.open(own_team.officer)
    sizes: dict[str, int] = {}
    plain: list[int] = []

    def note(response: Response) -> None:
        if "/assets/" in response.url and response.url.endswith(".js"):
            sizes[response.url] = int(response.headers["content-length"])
            if response.headers.get("content-encoding") != "br":
                plain.append(sizes[response.url])

    screen.page.on("response", note)
    screen.go("/")
    screen.page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes.values()) <= MOST_JAVASCRIPT, sizes
    assert [size for size in plain if size >= WORTH_COMPRESSING] == []


def test_it_can_be_installed(screens: Screens) -> None:
    with urlopen(f"{screens.url}/manifest.webmanifest") as answer:
        manifest = json.load(answer)
    assert (manifest["display"], manifest["start_url"], manifest["scope"]) == ("standalone", "/", "/")
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    for icon in manifest["icons"]:
        with urlopen(f"{screens.url}{icon['src']}") as answer:
            assert answer.headers["Content-Type"].startswith(icon["type"])


# What a window without a past cannot do; it could be installed otherwise.
NOT_OF_OURS = {"in-incognito"}


def test_a_browser_offers_to_install_it(screens: Screens, own_team: Team) -> None:
    screen = screens.open(own_team.officer, workers=True)
    screen.go("/")
    screen.page.evaluate(READY)
    devtools = screen.context.new_cdp_session(screen.page)
    found = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {each["errorId"] for each in found} <= NOT_OF_OURS
    assert devtools.send("Page.getAppManifest")["errors"] == []


# What browsers call good; a page that follows its outline closely stays far below.
MOST_SHIFT = 0.1
STEADY = ("/", "/unions", "/unions/{union}", "/unions/{union}/sheet", "/loans/{loan}", "/reports", "/me")


@pytest.mark.parametrize(
    ("size", "place"), list(product((PHONE, DESKTOP), STEADY)), ids=lambda value: str(value).strip("/()")
)
def test_nothing_moves_under_the_eyes_of_whoever_reads(
    screens: Screens, own_team: Team, steady_loan: dict[str, str], size: tuple[int, int], place: str
) -> None:
    screen = screens.open(own_team.officer, size)
    screen.go(place.format(union=own_team.union["id"], loan=steady_loan["id"]))
    screen.page.wait_for_load_state("networkidle")
    assert screen.shift <= MOST_SHIFT


@pytest.fixture(scope="module")
def steady_loan(own_team: Team) -> dict[str, str]:
    return own_team.active_loan()


def test_the_next_start_asks_before_the_app_is_there(screens: Screens, own_team: Team) -> None:
    screen = screens.open(own_team.officer)
    screen.go("/")
    asked: list[str] = []
    screen.page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    held: list[Route] = []
    is_held = True
    screen.page.route("**/assets/*.js", lambda route: held.append(route) if is_held else route.continue_())
    with screen.page.expect_request("**/api/auth/me"), screen.page.expect_request("**/api/repayments/officer-day"):
        screen.page.goto(f"{screen.url}/", wait_until="commit")
    is_held = False
    for route in held:
        route.continue_()
    screen.says("Still due today")
    assert [asked.count(path) for path in ("/api/auth/me", "/api/repayments/officer-day")] == [1, 1]


def test_whoever_signs_in_gets_no_answer_that_was_asked_for_somebody_else(screens: Screens, team: Team) -> None:
    screen = screens.open(team.officer)
    screen.go("/me")
    officer, supervisor = (person.get("/auth/me").data["email"] for person in (team.officer, team.supervisor))
    screen.says(officer)
    # The page asks at once who it is, which nobody here takes; then somebody else signs in.
    screen.go("/sign-in")
    screen.fill("E-mail address", supervisor)
    screen.fill("Password", PASSWORD)
    screen.press("Sign in")
    screen.page.wait_for_url("**/decisions")
    screen.press("Me", "link")
    screen.says(supervisor)
    assert screen.page.get_by_text(officer).count() == 0


def test_it_starts_without_a_line_and_says_so(screens: Screens, own_team: Team) -> None:
    screen = screens.open(own_team.officer, workers=True)
    screen.go("/")
    screen.page.evaluate(READY)
    screen.context.set_offline(True)
    screen.go("/unions")
    screen.says("There is no connection to the platform.")
    screen.says("No connection. What you enter on a sheet is kept on this phone.")
    screen.context.set_offline(False)
    screen.press("Try again")
    screen.says(own_team.union["name"])
    screen.expect_refusal()


def test_what_a_phone_keeps_is_there_before_anybody_asks_again(
    screens: Screens, own_team: Team, steady_loan: dict[str, str]
) -> None:
    screen = screens.open(own_team.officer)
    with screen.page.expect_response("**/api/repayments/collection-sheets*"):
        screen.go("/")
    wait_until_stored(screen, steady_loan["id"])
    asked: set[str] = set()

    def lead_nowhere(route: Route) -> None:
        """The first question of each kind is lost; the second is not answered either way."""
        path = urlsplit(route.request.url).path
        if path not in asked:
            asked.add(path)
            route.abort("connectionreset")

    # The browser holds that there is a line.
    screen.page.route("**/api/**", lead_nowhere)
    screen.go("/")
    screen.says("Today's sheets")
    screen.page.get_by_role("link", name=re.compile(own_team.union["name"])).wait_for()


def test_no_answer_is_ever_kept(screens: Screens, own_team: Team) -> None:
    screen = screens.open(own_team.officer, workers=True)
    screen.go("/")
    screen.page.evaluate(READY)
    screen.go("/unions")
    screen.go("/me")
    kept = screen.page.evaluate(KEPT)
    assert "/" in kept
    assert [path for path in kept if path.startswith(("/api", "/uploads", "/health"))] == []


def test_nothing_personal_is_left_after_signing_out(screens: Screens, team: Team) -> None:
    loan = team.active_loan()
    screen = screens.open(team.officer, workers=True)
    with screen.page.expect_response("**/api/repayments/collection-sheets*"):
        screen.go("/")
    screen.page.evaluate(READY)
    name, email = loan["unionMember"]["lastName"], team.officer.get("/auth/me").data["email"]
    wait_until_stored(screen, name)
    screen.go("/me")
    screen.press("Sign out")
    screen.says("Stay signed in")
    stored = screen.page.evaluate(STORED)
    assert [word for word in (name, email, loan["loanNumber"], team.union["name"]) if word in stored] == []
    # Nobody is signed in, which is asked at the first page.
    screen.expect_refusal()


def wait_until_stored(screen: Screen, word: str) -> None:
    """Wait until this is somewhere in what the page has written on the phone."""
    screen.page.evaluate(f"async word => {{ while (!(await ({STORED})()).includes(word)); }}", word)


def test_nobody_can_frame_it(screens: Screens) -> None:
    screen = screens.open()
    with screen.page.expect_console_message(
        lambda message: "in a frame" in message.text or "frame-anc" in message.text
    ):
        screen.page.set_content(f'<iframe src="{screens.url}/"></iframe>')
    screen.expect_refusal()


# A browser gives the last worker five minutes to end what it is asked for, of which it may think longer than we do.
MOST_SECONDS_OF_THE_LAST = 330


@pytest.mark.timeout(2 * MOST_SECONDS_OF_THE_LAST)
def test_a_new_release_takes_over_between_pages(screens: Screens, team: Team) -> None:
    loan = team.active_loan()
    paid = f"Paid by {loan['unionMember']['firstName']} {loan['unionMember']['lastName']}"
    screen = screens.open(team.officer, workers=True)
    screen.go("/")
    screen.page.evaluate(READY)
    screen.go(f"/unions/{team.union['id']}/sheet")
    screen.page.route(HAND_IN, lambda route: route.abort("connectionreset"))
    screen.page.get_by_label(paid).fill("500")
    screen.page.get_by_label("How many of ₦500").fill("1")
    screen.press("Hand in ₦500")
    screen.says(re.compile("₦500 wait on this phone"))
    screen.page.get_by_label(paid).fill("1500")
    screen.page.evaluate("window.isOfTheLast = true")
    screen.page.evaluate(RELEASE)
    # Whoever is in the middle of something is left alone.
    assert screen.page.get_by_label(paid).input_value() == "1500"
    places = cycle(("Unions", "Search", "Today"))

    def is_of_the_next() -> bool:
        screen.press(next(places), "link")
        screen.settle()
        return bool(screen.page.evaluate("window.isOfTheLast === undefined"))

    # The browser lets the next worker in when the last one is idle, and looks at that whenever a page asks for it.
    try:
        eventually(is_of_the_next, seconds=MOST_SECONDS_OF_THE_LAST)
    except AssertionError as error:
        raise AssertionError(screen.page.evaluate(WORKERS)) from error
    screen.page.unroute(HAND_IN)
    screen.go("/")
    screen.says("Handed in: have a look")
    assert [entry["amount"] for entry in team.officer.get("/repayments", loanId=loan["id"]).data] == ["500.00"]
    screen.go(f"/unions/{team.union['id']}/sheet")
    assert screen.page.get_by_label(paid).input_value() == "1500"

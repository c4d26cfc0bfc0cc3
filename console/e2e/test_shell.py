"""What surrounds the pages: how much of it is sent, what of it is kept, and that it starts without a line."""

import json
from itertools import cycle
from urllib.request import urlopen

from playwright.sync_api import Response

from console.e2e.screens import Screens
from shared.testing import eventually
from tests.institution import Team

MOST_JAVASCRIPT = 120_000
WORTH_COMPRESSING = 512
READY = "navigator.serviceWorker.ready.then(() => true)"
KEPT = """async () => {
    const open = await Promise.all((await caches.keys()).map(name => caches.open(name)));
    const kept = await Promise.all(open.map(async cache => (await cache.keys()).map(request => request.url)));
    return kept.flat().map(url => new URL(url).pathname);
}"""
# To a browser another address of the worker is another release of it. It waits while a page is in use.
RELEASE = """async () => {
    const found = await navigator.serviceWorker.register("/sw.js?release=next");
    const worker = found.installing ?? found.waiting;
    const isInstalled = new Promise(done => worker.addEventListener("statechange", done, {once: true}));
    if (worker.state !== "installed") await isInstalled;
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
    screen.page.evaluate(f"async name => {{ while (!(await ({STORED})()).includes(name)); }}", name)
    screen.go("/me")
    screen.press("Sign out")
    screen.says("Stay signed in")
    stored = screen.page.evaluate(STORED)
    assert [word for word in (name, email, loan["loanNumber"], team.union["name"]) if word in stored] == []
    # Nobody is signed in, which is asked at the first page.
    screen.expect_refusal()


def test_nobody_can_frame_it(screens: Screens) -> None:
    screen = screens.open()
    with screen.page.expect_console_message(
        lambda message: "in a frame" in message.text or "frame-anc" in message.text
    ):
        screen.page.set_content(f'<iframe src="{screens.url}/"></iframe>')
    screen.expect_refusal()


def test_a_new_release_takes_over_between_pages(screens: Screens, team: Team) -> None:
    loan = team.active_loan()
    paid = f"Paid by {loan['unionMember']['firstName']} {loan['unionMember']['lastName']}"
    screen = screens.open(team.officer, workers=True)
    screen.go("/")
    screen.page.evaluate(READY)
    screen.go(f"/unions/{team.union['id']}/sheet")
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
    eventually(is_of_the_next, seconds=120)
    screen.go(f"/unions/{team.union['id']}/sheet")
    assert screen.page.get_by_label(paid).input_value() == "1500"

"""The console as files: what browsers may keep, in which coding it comes, and which addresses are its own."""

from pathlib import Path

import brotli
import pytest

from gateway.pages.app import create_pages
from gateway.settings import Settings
from gateway.tests.client import Client
from gateway.tests.process import Start
from gateway.upstreams.catalogue import Catalogue
from shared.testing import event_keys

PAGE, SCRIPT = b"<!doctype html><title>Console</title>", b"start()" * 200
NAVIGATION = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def build(folder: Path, page: bytes = PAGE) -> Path:
    """A console as it is built, in short."""
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    (folder / "assets" / "start-1a2b.js").write_bytes(SCRIPT)
    (folder / "assets" / "start-1a2b.js.br").write_bytes(brotli.compress(SCRIPT))
    (folder / "sw.js").write_bytes(b"// worker")
    (folder / "manifest.webmanifest").write_bytes(b"{}")
    (folder / "index.html").write_bytes(page)
    return folder


@pytest.fixture(scope="module")
def browser(start_gateway: Start, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """Asks a gateway that has a console."""
    folder = build(tmp_path_factory.mktemp("console"))
    (folder.parent / "secret.txt").write_text("not for anybody")
    gateway = start_gateway("amqp://127.0.0.1:1//", GATEWAY_CONSOLE_FOLDER=str(folder))
    gateway.wait_until_ready()
    return gateway.client


def test_what_has_its_content_in_its_name_is_kept_for_ever(browser: Client) -> None:
    answer = browser.get("/assets/start-1a2b.js")
    assert (answer.status, answer.body) == (200, SCRIPT)
    assert answer.header("Cache-Control") == "public, max-age=31536000, immutable"
    assert (answer.header("Content-Type") or "").startswith("text/javascript")


@pytest.mark.parametrize("path", ["/", "/index.html", "/sw.js", "/manifest.webmanifest"])
def test_what_says_what_is_new_is_asked_for_each_time(browser: Client, path: str) -> None:
    answer = browser.get(path)
    assert (answer.status, answer.header("Cache-Control")) == (200, "no-cache")


def test_the_ready_made_coding_is_sent_where_it_is_taken(browser: Client) -> None:
    answer = browser.get("/assets/start-1a2b.js", Accept_Encoding="gzip, br")
    assert answer.header("Content-Encoding") == "br"
    assert answer.header("Vary") == "Accept-Encoding"
    assert brotli.decompress(answer.body) == SCRIPT
    assert browser.get("/assets/start-1a2b.js.br").status == 404


@pytest.mark.parametrize("path", ["/unions", "/loans/01a202f5/pay", "/anything.html"])
def test_a_browser_is_sent_to_the_console_at_every_address_of_its_own(browser: Client, path: str) -> None:
    answer = browser.request("GET", path, headers=NAVIGATION)
    assert (answer.status, answer.body) == (200, PAGE)


@pytest.mark.parametrize("path", ["/api/nothing", "/api", "/assets/gone-3c4d.js"])
def test_what_is_not_its_own_is_absent(browser: Client, path: str) -> None:
    assert browser.request("GET", path, headers=NAVIGATION).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD"])
def test_only_a_navigation_is_answered_with_a_page(browser: Client, method: str) -> None:
    assert browser.request(method, "/unions", headers=NAVIGATION).status == 404
    assert browser.get("/unions").status == 404


def test_health_and_the_documentation_stay_what_they_are(browser: Client) -> None:
    assert browser.request("GET", "/ping", headers=NAVIGATION).json["message"] == "pong"
    assert b"swagger" in browser.request("GET", "/api/docs", headers=NAVIGATION).body


@pytest.mark.parametrize("path", ["/../secret.txt", "/assets/..%2f..%2fsecret.txt", "/assets/%2e%2e/secret.txt"])
def test_nothing_beside_the_build_is_read(browser: Client, path: str) -> None:
    assert browser.get(path).status in (400, 404)


def test_a_page_runs_nothing_but_files_of_ours(browser: Client) -> None:
    policy = dict(part.split(" ", 1) for part in (browser.get("/").header("Content-Security-Policy") or "").split("; "))
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
    assert (policy["connect-src"], policy["frame-ancestors"]) == ("'self'", "'none'")
    assert browser.get("/").header("X-Frame-Options") == "DENY"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        broker_url="memory://",
        jwks_url="file:///",
        internal_secret="x" * 32,
        environment="development",
        event_keys=event_keys("gateway").to_text(),
        console_folder=str(tmp_path / "dist"),
    )


def test_a_build_is_served_as_soon_as_it_is_there_and_until_the_next_is(settings: Settings, tmp_path: Path) -> None:
    client = create_pages(settings, Catalogue({}, lambda *_: None)).test_client()
    assert client.get("/", headers=NAVIGATION).status_code == 404
    build(tmp_path / "next").rename(tmp_path / "dist")
    assert client.get("/unions", headers=NAVIGATION).data == PAGE
    (tmp_path / "dist").rename(tmp_path / "last")
    assert client.get("/unions", headers=NAVIGATION).data == PAGE
    build(tmp_path / "next", b"newer").rename(tmp_path / "dist")
    assert client.get("/unions", headers=NAVIGATION).data == b"newer"
